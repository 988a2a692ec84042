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

# modules NAME MODE: a commit on top of all that came before, and what is read stands in .gitmodules
modules() {
    local blob parent tree new
    clock=$((clock + 3600))
    blob=$(git hash-object -w --stdin)
    tree=$({
        printf '%s blob %s\t.gitmodules\n' "$2" "$blob"
        git ls-tree "$(git write-tree)"
    } | git mktree --missing)
    parent=$(git rev-parse -q --verify HEAD || true)
    new=$(GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
        git commit-tree ${parent:+-p "$parent"} -m "$1" "$tree")
    git update-ref HEAD "$new"
    echo "$1 $new" >>"$root/ids"
}

git init -q -b main modules-work
cd modules-work
file=$(echo file | git hash-object -w --stdin)
for entry in "100644,$file,file" "100644,$file,folder/file" \
    160000,1111111111111111111111111111111111111111,lib/a \
    160000,2222222222222222222222222222222222222222,lib/deep/b \
    160000,3333333333333333333333333333333333333333,c \
    160000,4444444444444444444444444444444444444444,unnamed; do
    git update-index --add --cacheinfo "$entry"
done
modules modules 100644 <<'END'
[submodule "deep"]
	path = lib/deep/b
	url = git@other.example:b.git
[submodule "a"]
	path = lib/a
	url = ../a.git
[submodule "c"]
	path = c
	url = https://token@other.example/c
	branch = main
# of these the commit has none
[submodule "gone"]
	path = gone
	url = https://other.example/?secret
[submodule "gone-below"]
	path = lib/none/x
	url = u
[submodule "file"]
	path = file
	url = u
[submodule "below-file"]
	path = file/x
	url = u
[submodule "folder"]
	path = folder
	url = u
[submodule "below-module"]
	path = c/x
	url = u
END
{
    echo "gitmodules $(git rev-parse HEAD:.gitmodules)"
    echo "lib $(git rev-parse HEAD:lib)"
} >>"$root/ids"
printf '[submodule "c"]\n\tpath = c\n\turl = ../c\n\tx # y\n' | modules modules-broken 100644
printf '[submodule "c"]\npath = c\nurl = https://h.example/c?token=secret\n' |
    modules modules-secret 100644
printf '[submodule "c"]\npath = a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q\nurl = u\n' |
    modules modules-deep 100644
printf 'file' | modules modules-link 120000
head -c 65537 /dev/zero | tr '\0' '#' | modules modules-large 100644
cd "$root"
bare modules.git modules-work
bare modules-nofilter.git modules-work
git -C modules-nofilter.git config uploadpack.allowFilter false
