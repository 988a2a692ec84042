# SPDX-License-Identifier: Apache-2.0
"""Packages as others make them: NuGet's own client, `zip`, Python, and those that Debian ships."""

import os
import pathlib
import shutil
import subprocess
import zipfile

import readers

SCHEMA = "http://schemas.microsoft.com/packaging/{}/nuspec.xsd"
ELSEWHERE = "https://git.example/old/place"  # what one package says already
SAMPLE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="{schema}">
  <metadata>
    <id>{id}</id>
    <version>{version}</version>
    <authors>Somebody</authors>
    <description>A package that knows nothing of where it comes from.</description>
{more}  </metadata>
  <files>
    <file src="lib.dll" target="lib/netstandard2.0/{id}.dll" />
    <file src="README" target="docs/README" />
    <file src="odd.txt" target="content/ä+b%41 [1].txt" />
  </files>
</package>
"""


class Client:
    """One of NuGet's clients, in a home of its own."""

    def __init__(self, program, home):
        self.program, self.home = str(program), pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.configuration = self.home / "NuGet.Config"
        self.configuration.write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<configuration><packageSources><clear />'
            "</packageSources></configuration>\n", encoding="utf-8")

    def run(self, *words, folder=None):
        done = subprocess.run(["mono", self.program, *map(str, words)], cwd=folder or self.home,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.home),
                                   "LC_ALL": "C.UTF-8"},
                              capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout.decode("utf-8", "replace")

    def pack(self, nuspec, to, *words):
        self.run("pack", nuspec, "-OutputDirectory", to, "-NoPackageAnalysis", *words,
                 folder=pathlib.Path(nuspec).parent)

    def install(self, name, version, feed, to):
        """Gives the files of the installed package: {path: content}."""
        self.run("install", name, "-Version", version, "-Source", feed, "-OutputDirectory", to,
                 "-ConfigFile", self.configuration, "-NonInteractive", "-NoCache")
        root = pathlib.Path(to) / f"{name}.{version}"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
                if path.is_file() and path.suffix != ".nupkg"}


def source(folder, name, version, year, more=""):
    """A nuspec and what it packs. Gives the nuspec's path."""
    folder.mkdir(parents=True)
    (folder / "lib.dll").write_bytes(b"MZ" + bytes(range(256)) * 40)
    (folder / "lib.pdb").write_bytes(b"BSJB" + bytes(range(256)) * 4)
    (folder / "README").write_text("Read me.\n" * 30, encoding="utf-8")
    (folder / "odd.txt").write_text("odd\n", encoding="utf-8")
    path = folder / f"{name}.nuspec"
    path.write_text(SAMPLE.format(schema=SCHEMA.format(year), id=name, version=version, more=more),
                    encoding="utf-8")
    return path


def again_by_python(package, to):
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))


def again_by_zip(package, to, scratch):
    with zipfile.ZipFile(package) as old:
        old.extractall(scratch)
    # Debian's zip writes a name in UTF-8 and does not say so: readers show it in other letters, and
    # such an archive is refused.
    shutil.rmtree(scratch / "content")
    subprocess.run(["zip", "-q", "-r", "-X", str(to), "."], cwd=scratch, check=True,
                   env={**os.environ, "LC_ALL": "C.UTF-8"})


def make_symbols(folder, client):
    """A symbols package: its path."""
    folder = pathlib.Path(folder)
    nuspec = source(folder / "symbols", "Origin.Symbols", "1.0.0", "2013/05")
    nuspec.write_text(nuspec.read_text(encoding="utf-8").replace(
        "  <files>\n", '  <files>\n    <file src="lib.pdb" target="lib/netstandard2.0" />\n'),
        encoding="utf-8")
    client.pack(nuspec, folder, "-Symbols", "-SymbolPackageFormat", "snupkg")
    return folder / "Origin.Symbols.1.0.0.snupkg"


def make_all(folder, client):
    """Yields (id, version, path)."""
    folder = pathlib.Path(folder)
    made = folder / "made"
    made.mkdir(parents=True)
    client.pack(source(folder / "plain", "Origin.Plain", "1.0.0", "2010/07"), made)
    client.pack(source(folder / "later", "Origin.Later", "2.1.0-beta1", "2013/05",
                       "    <tags>some tags</tags>\n    <dependencies />\n"), made)
    client.pack(source(folder / "moved", "Origin.Moved", "1.2.3", "2013/05",
                       f'    <repository type="git" url="{ELSEWHERE}" />\n'), made)
    for path in sorted(made.glob("*.nupkg")):
        first, second, version = path.stem.split(".", 2)
        yield f"{first}.{second}", version, path
    plain = made / "Origin.Plain.1.0.0.nupkg"
    for maker, again in (("Python", again_by_python), ("Zip", None)):
        place = folder / maker
        place.mkdir()
        to = place / plain.name
        if again:
            again(plain, to)
        else:
            again_by_zip(plain, to, place / "scratch")
        yield "Origin.Plain", "1.0.0", to
    for path in sorted(readers.PACKAGES.glob("*.nupkg")):
        to = folder / path.name
        shutil.copy(path, to)
        with zipfile.ZipFile(to) as file:
            nuspec = next(n for n in file.namelist() if n.endswith(".nuspec") and "/" not in n)
        name = nuspec[:-len(".nuspec")]
        yield name, path.stem[len(name) + 1:], to
