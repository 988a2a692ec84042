#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion, as the shells themselves do it: bash, zsh and fish are handed command lines and say
what they would offer.

    completion.py COUNTERMARK
"""

import os
import pty
import subprocess
import sys
import tempfile
import unittest
from itertools import takewhile

COUNTERMARK = None
COMMON = ["--help", "--verbose", "--quiet", "--log-format"]
FIRST = ["verify", "replay", "rewrite", "attest", "inspect", "verify-vsa", "verify-attestation",
         "verify-bundle", "node-challenge", "node-sign", "link", "explain", "init", "system", "config",
         "plugin", "key", "completion", "help"]
FILES = ["Package.nupkg", "Pack notes", "folder/"]  # what lies in the folder
FOLDERS = ["folder/"]

# A command line up to the cursor, and the words that must be offered, no more and no less.
LINES = {
    "countermark ": FIRST,
    "countermark ver": ["verify", "verify-vsa", "verify-attestation", "verify-bundle"],
    "countermark rep": ["replay"],
    "countermark co": ["config", "completion"],
    "countermark --v": ["--version"],
    "countermark plugin ": ["list", "inspect", "dump"],
    "countermark help pl": ["plugin"],
    "countermark help config ": ["check", "show"],
    "countermark completion ": ["bash", "zsh", "fish"],
    "countermark verify --connector x --ca Packa": ["Package.nupkg"],
    "countermark config check --": ["--config", *COMMON],
    "countermark verify --f": ["--format"],
    "countermark verify --format ": ["text", "json", "junit", "sarif"],
    "countermark verify --format j": ["json", "junit"],
    "countermark verify --build 7 --log-format ": ["text", "json"],
    "countermark verify --evidence Pac": ["Package.nupkg", "Pack notes"],
    "countermark config check -c Packa": ["Package.nupkg"],
    "countermark key show --state ": FOLDERS,
    "countermark key ": ["show", "public", "generate"],
    "countermark key generate --kind ": ["p256", "rsa", "ed25519"],
    "countermark verify-vsa --public-key-path Packa": ["Package.nupkg"],
    "countermark verify-attestation --check-claims ": ["true", "false"],
    "countermark verify-bundle Packa": ["Package.nupkg"],
    "countermark verify --policy ": [],
    "countermark verify --build ": [],
    "countermark verify --build 7 Packa": ["Package.nupkg"],
    "countermark verify --quiet Packa": ["Package.nupkg"],
    "countermark replay --evidence-key a --evidence-key fol": FOLDERS,
    "countermark replay --artifact Packa": ["Package.nupkg"],
    "countermark replay -- Packa": ["Package.nupkg"],
    "countermark rewrite --evidence Packa": ["Package.nupkg"],
    "countermark rewrite --skip-contents Packa": ["Package.nupkg"],
    "countermark rewrite in.nupkg Pac": ["Package.nupkg", "Pack notes"],
    "countermark inspect --plugin x --for": ["--format"],
    "countermark inspect Packa": ["Package.nupkg"],
    "countermark plugin inspect Packa": ["Package.nupkg"],
    "countermark node-sign --cert Packa": ["Package.nupkg"],
    "countermark node-sign --key k Packa": ["Package.nupkg"],
    "countermark node-challenge --art": ["--artifact-sha256"],
    "countermark verify --node-proof Packa": ["Package.nupkg"],
    "countermark config check Packa": [],
}

# bash: files and folders are readline's own doing; what stands for them is that it is asked.
BASH = r'''
compopt() { asked=$2; }
while IFS= read -r line; do
    asked='' COMPREPLY=()
    read -ra COMP_WORDS <<<"$line"
    [[ $line != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
    _countermark
    current=${COMP_WORDS[COMP_CWORD]}
    case $asked in
    default) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    dirnames) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    esac
    for word in "${COMPREPLY[@]}"; do
        [[ ! -d $word ]] || word+=/
        printf '%s\t' "$word"
    done
    echo
done
'''

# zsh: its editor says when it listens; what comes earlier would be the terminal's own doing.
ZSH = r'''
autoload -Uz compinit && compinit -u -D
setopt no_always_last_prompt no_auto_menu no_list_beep no_list_types no_prompt_sp
zstyle ':completion:*' verbose no
PS1= LISTMAX=1000 COLUMNS=200
bindkey -e
zle-line-init() { print -rn -- '[listening]'; }
zle -N zle-line-init
'''


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, arguments, folder, environment):
        controller, terminal = pty.openpty()
        self.shell = subprocess.Popen(arguments, stdin=terminal, stdout=terminal, stderr=terminal,
                                      cwd=folder, env=environment, start_new_session=True)
        os.close(terminal)
        self.controller, self.seen = controller, ""

    def type(self, text):
        os.write(self.controller, text.encode())

    def read_to(self, mark):
        """All that was shown since the last time, up to the mark."""
        while mark not in self.seen:
            try:
                some = os.read(self.controller, 4096)
            except OSError:
                some = b""
            if not some:
                raise AssertionError(f"the shell ended before {mark!r}: {self.seen}")
            self.seen += some.decode("utf-8", "replace")
        before, self.seen = self.seen.split(mark, 1)
        return before

    def close(self):
        self.shell.kill()
        self.shell.wait()
        os.close(self.controller)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="countermark-completion-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = os.path.join(temporary.name, "work")
        cls.scripts = os.path.join(temporary.name, "scripts")
        os.makedirs(os.path.join(cls.folder, "folder"))
        os.mkdir(cls.scripts)
        for name in FILES[:2]:
            open(os.path.join(cls.folder, name), "w", encoding="utf-8").close()
        cls.environment = {
            "PATH": os.path.dirname(COUNTERMARK) + os.pathsep + os.environ["PATH"],
            "HOME": temporary.name, "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        for shell, name in (("bash", "bash"), ("fish", "fish"), ("zsh", "_countermark")):
            with open(os.path.join(cls.scripts, name), "wb") as file:
                subprocess.run([COUNTERMARK, "completion", shell], check=True, stdout=file)

    def run_shell(self, *arguments, text=""):
        done = subprocess.run(arguments, input=text, capture_output=True, cwd=self.folder,
                              env=self.environment, timeout=60, check=False, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_scripts_are_installed(self):
        """The build has put what the program prints where the shells look."""
        share = os.path.join(os.path.dirname(os.path.dirname(COUNTERMARK)), "share")
        for script, path in (("bash", "bash-completion/completions/countermark"),
                             ("fish", "fish/vendor_completions.d/countermark.fish"),
                             ("_countermark", "zsh/site-functions/_countermark")):
            with open(os.path.join(share, path), "rb") as installed, \
                    open(os.path.join(self.scripts, script), "rb") as printed:
                self.assertEqual(installed.read(), printed.read(), path)

    def test_fish(self):
        script = os.path.join(self.scripts, "fish")
        lines = "".join(f"complete -C '{line}'; echo '|'\n" for line in LINES)
        shown = self.run_shell("fish", "--no-config", "-c", f"source {script}\n{lines}")
        for (line, words), answer in zip(LINES.items(), shown.split("|\n")):
            with self.subTest(line=line):
                offered = [word.split("\t")[0] for word in answer.splitlines()]
                self.assertEqual(sorted(offered), sorted(words))

    def test_bash(self):
        script = os.path.join(self.scripts, "bash")
        shown = self.run_shell("bash", "--norc", "-c", f"source {script}\n{BASH}",
                               text="\n".join(LINES) + "\n")
        for (line, words), answer in zip(LINES.items(), shown.splitlines()):
            with self.subTest(line=line):
                if line == "countermark ":
                    words = [*words, "--help", "--version"]
                self.assertEqual(sorted(answer.rstrip("\t").split("\t")), sorted(words or [""]))

    def test_bash_with_equals_sign(self):
        """readline hands over "--format=j" as three words."""
        script = os.path.join(self.scripts, "bash")
        for typed, words in (("--format =", "text json junit sarif"), ("--format = js", "json"),
                             ("--policy =", ""), ("--build = 7", "")):
            shown = self.run_shell("bash", "--norc", "-c", f"""source {script}
                COMP_WORDS=(countermark verify {typed}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
                compopt() {{ :; }}
                _countermark; echo "${{COMPREPLY[*]}}" """)
            self.assertEqual(shown.strip(), words, typed)

    def test_bash_on_a_terminal(self):
        """With a key pressed: readline itself, a file whose name has a blank in it."""
        shell = Terminal(["bash", "--norc", "--noprofile"], self.folder, self.environment)
        self.addCleanup(shell.close)
        shell.type("PS1=; bind 'set enable-bracketed-paste off'; countermark() { printf '<%s>' "
                   f"\"$@\"; echo '[''end]'; }}; source {self.scripts}/bash; echo '[''ready]'\n")
        shell.read_to("[ready]")
        for typed, words in (("countermark rep\t--form\tjs\tPack\\ n\t", "<replay><--format><json>"
                              "<Pack notes>"), ("countermark key sh\t--sta\tf\t", "<key><show>"
                                                "<--state><folder/>")):
            shell.type(typed + "\n")
            self.assertIn(words, shell.read_to("[end]"))

    def test_zsh(self):
        shell = Terminal(["zsh", "-f"], self.folder, self.environment)
        self.addCleanup(shell.close)
        with open(os.path.join(self.folder, "..", "rc"), "w", encoding="utf-8") as file:
            file.write(f"fpath=({self.scripts} $fpath)\n{ZSH}")
        shell.type("source ../rc\n")
        shell.read_to("[listening]")
        for line, words in LINES.items():
            with self.subTest(line=line):
                shell.type(f"{line}\x1b\x04\x15\n")  # list, wherever the cursor is; forget it
                shown = shell.read_to("[listening]").replace("\r", "").split("\n")
                listed = takewhile(lambda text: not text.startswith(line), shown[1:])
                offered = [word.strip().replace("\\ ", " ") for text in listed
                           for word in text.split("  ") if word.strip()]
                if line == "countermark ":
                    words = [*words, "--help", "--version"]
                self.assertEqual(sorted(offered), sorted(word.rstrip("/") for word in words))


if __name__ == "__main__":
    COUNTERMARK = os.path.abspath(sys.argv.pop(1))
    unittest.main()
