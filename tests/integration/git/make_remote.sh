#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# make_remote.sh FOLDER: the repositories that test_helper_remote fetches from, and FOLDER/ids with a
# line "NAME ID" or "NAME NUMBER" for each thing that it looks for.

set -euo pipefail
root=$1
mkdir -p "$root"
cd "$root"
: >ids

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@test GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@test
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PROTOCOL

clock=1700000000

# commits FROM TO: one for each number, each with a file of its own and a line more in another
commits() {
    for number in $(seq "$1" "$2"); do
        clock=$((clock + 3600))
        mkdir -p "part$((number % 5))"
        echo "$number" >"part$((number % 5))/$number.txt"
        echo "line $number" >>all.txt
        git add -A
        GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" git commit -q -m "$number"
    done
}

# tell NAME REVISION: where it is and how many commits it has
tell() {
    echo "$1 $(git rev-parse "$2")" >>"$root/ids"
    echo "$1-commits $(git rev-list --count "$2")" >>"$root/ids"
}

git init -q -b main work
cd work
commits 1 30
git tag -a -m tag v1
git -c advice.nestedTag=false tag -a -m "tag of a tag" v1-again v1
git checkout -q -b side
commits 31 33
git checkout -q main
commits 34 39
clock=$((clock + 3600))
GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
    git merge -q -s ours --no-ff -m merge side
commits 40 60
tell main main
tell side side
tell v1-commit 'v1^{commit}'
tell v1-again v1-again
git clone -q --bare . "$root/origin.git"
git clone -q --bare --depth 3 --branch main "file://$root/work" "$root/shallow.git"

# what was fetched with a filter: commits, without their trees
mkdir "$root/commits"
git rev-list --no-object-names main | git pack-objects -q "$root/commits/pack" >"$root/commits/name"
echo "commits $(cat "$root/commits/name")" >>"$root/ids"

commits 61 63
tell later main
git clone -q --bare . "$root/later.git"

git checkout -q --detach "$(sed -n 's/^v1-commit //p' "$root/ids")"
commits 101 140
git branch -q -f main
tell forced main
git clone -q --bare . "$root/forced.git"

# nothing in common with the others
git checkout -q --orphan other
git rm -rfq .
commits 201 203
git branch -q -f main
tell other main
git init -q --bare "$root/other.git"
git push -q "$root/other.git" main
