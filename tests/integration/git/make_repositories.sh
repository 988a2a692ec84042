#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# make_repositories.sh FOLDER: the repositories that test_git_client asks, and FOLDER/ids with a line
# "NAME ID" for each object that it asks for.

set -euo pipefail
root=$1
mkdir -p "$root"
cd "$root"
: >ids

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@test GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@test
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

clock=1700000000

# commit NAME: what is in the work tree
commit() {
    clock=$((clock + 3600))
    git add -A
    GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
        git commit -q --allow-empty -m "$1"
    echo "$1 $(git rev-parse HEAD)" >>"$root/ids"
}

# bare NAME FROM
bare() {
    git clone -q --bare "$root/$2" "$root/$1"
    git -C "$root/$1" config uploadpack.allowFilter true
}

git init -q -b main work
cd work
mkdir -p folder/below module
printf 'version: 1\n' >build.yml
printf 'umlaut: \303\244\n' >utf8.yml
printf 'umlaut: \344\n' >latin1.yml
printf 'deep\n' >folder/below/file.txt
ln -s build.yml link.yml
head -c 70000 /dev/zero | tr '\0' x >big.txt
git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,module
commit first
echo 2 >>build.yml
commit second
git branch release/1.0
echo 3 >>build.yml
commit third
git checkout -q -b side HEAD~1
echo side >side.txt
commit side
git checkout -q main
clock=$((clock + 3600))
GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" git merge -q --no-ff -m merge side
echo "merge $(git rev-parse HEAD)" >>"$root/ids"
git branch -q -D side
echo 4 >>build.yml
commit tip
git checkout -q release/1.0
echo release >release.txt
commit release
git checkout -q --detach main
echo pull >pull.txt
commit pull
git checkout -q --detach main~1
echo stray >stray.txt
commit stray
git checkout -q --detach main~1
echo dangling >dangling.txt
commit dangling
git checkout -q main

id() {
    sed -n "s/^$1 //p" "$root/ids"
}

git tag light "$(id second)"
GIT_COMMITTER_DATE="1800000000 +0000" git tag -a -m tag v1 "$(id third)"
GIT_COMMITTER_DATE="1800000000 +0000" git -c advice.nestedTag=false tag -a -m "tag of a tag" v1-again v1
git tag astray "$(id stray)"
git tag both "$(id first)"
git update-ref refs/heads/both "$(id release)"
git tag blob "$(git rev-parse HEAD:build.yml)"
git update-ref "refs/heads/$(id first)" "$(id release)"
for i in $(seq 70); do
    echo "create refs/heads/many/$i $(id second)"
done | git update-ref --stdin
{
    echo "tag-v1 $(git rev-parse v1)"
    echo "build.yml $(git rev-parse HEAD:build.yml)"
    echo "unknown 0123456789012345678901234567890123456789"
} >>"$root/ids"

cd "$root"
bare main.git work
for name in pull stray dangling; do
    git -C main.git fetch -q ../work "$(id "$name")"
done
git -C main.git update-ref refs/pull/1/head "$(id pull)"

bare private.git work
touch private.git/private
bare nofilter.git work
git -C nofilter.git config uploadpack.allowFilter false
bare treeless.git work
git -C treeless.git config uploadpackfilter.tree.allow false
bare moved.git work
git clone -q --bare --depth 2 --branch main "file://$root/work" shallow.git
git -C shallow.git config uploadpack.allowFilter true
git init -q --bare empty.git
git -C empty.git config uploadpack.allowFilter true
git init -q --bare --object-format=sha256 sha256.git
git -C sha256.git config uploadpack.allowFilter true
