/* SPDX-License-Identifier: Apache-2.0
 *
 * What stays readable of AppVeyor's answers: names, states, times, switches. AppVeyor gives secrets
 * in clear text to whoever has a key, so these lists name what may stay. All other members stay by
 * name only, and are still seen and counted.
 *
 * Withheld on purpose: values of variables, settings of deployments and notifications, script
 * texts, web hooks, keys; the names of jobs, which repeat values of the build matrix; the custom
 * name of the .yml file, which may be an address with a token in it; people and their messages.
 *
 * Nothing that moves by itself is kept: stable.c demands that all of a build and its settings that
 * was kept is still the same after the download.
 */
#include "appveyor.h"

const char *const av_keep_build[] = {
    "project.projectId",
    "project.accountId",
    "project.accountName",
    "project.slug",
    "project.repositoryType",
    "project.repositoryScm",
    "project.repositoryName",
    "project.repositoryBranch",
    "project.isPrivate",
    "project.created",
    "project.updated",
    "build.buildId",
    "build.projectId",
    "build.buildNumber",
    "build.version",
    "build.branch",
    "build.isTag",
    "build.tag",
    "build.commitId",
    "build.pullRequestId",
    "build.status",
    "build.created",
    "build.started",
    "build.finished",
    "build.jobs[].jobId",
    "build.jobs[].osType",
    "build.jobs[].allowFailure",
    "build.jobs[].status",
    "build.jobs[].created",
    "build.jobs[].started",
    "build.jobs[].finished",
    NULL,
};

const char *const av_keep_settings[] = {
    "project.projectId",
    "project.accountId",
    "project.accountName",
    "project.slug",
    "project.isPrivate",
    "project.created",
    "project.updated",
    "settings.projectId",
    "settings.accountId",
    "settings.slug",
    "settings.created",
    "settings.updated",
    "settings.repositoryType",
    "settings.repositoryName",
    "settings.repositoryBranch",
    "settings.isPrivate",
    "settings.ignoreAppveyorYml",
    "settings.skipBranchesWithoutAppveyorYml",
    "settings.enableSecureVariablesInPullRequests",
    "settings.enableSecureVariablesInPullRequestsFromSameRepo",
    "settings.enableDeploymentInPullRequests",
    "settings.saveBuildCacheInPullRequests",
    "settings.configuration.buildMode",
    "settings.configuration.testMode",
    "settings.configuration.deployMode",
    "settings.configuration.branchesMode",
    "settings.configuration.testCategoriesMode",
    "settings.configuration.patchAssemblyInfo",
    "settings.configuration.patchDotnetCsproj",
    "settings.configuration.shallowClone",
    "settings.configuration.forceHttpsClone",
    "settings.configuration.cloneDepth",
    "settings.configuration.skipTags",
    "settings.configuration.skipNonTags",
    "settings.configuration.skipBranchWithPullRequests",
    "settings.configuration.operatingSystem[].value",
    "settings.configuration.buildCloud[].value",
    "settings.configuration.environmentVariables[].name",
    "settings.configuration.environmentVariablesMatrix[].variables[].name",
    "settings.configuration.configureNuGetProjectSource",
    "settings.configuration.configureNuGetAccountSource",
    "settings.configuration.deployments[].provider",
    "settings.configuration.notifications[].provider",
    "defaultImageName",
    NULL,
};

const char *const av_keep_project[] = {
    "project.projectId",        "project.accountId",
    "project.isPrivate",        "project.repositoryType",
    "project.repositoryScm",    "project.repositoryName",
    "project.repositoryBranch", NULL,
};

/* Of the settings, if no build is meant: whose they are, and which roles may do what. */
const char *const av_keep_rights[] = {
    "project.projectId",
    "project.accountId",
    "project.accountName",
    "settings.projectId",
    "settings.accountId",
    "project.securityDescriptor.roleAces[].name",
    "project.securityDescriptor.roleAces[].isAdmin",
    "project.securityDescriptor.roleAces[].accessRights[].name",
    "project.securityDescriptor.roleAces[].accessRights[].allowed",
    NULL,
};

const char *const av_keep_projects[] = {
    "[].projectId", "[].accountId", "[].accountName", "[].slug", NULL,
};

/* People and the like: how many there are, and nothing of them. */
const char *const av_keep_none[] = {NULL};

/* The same, but an empty list stays one. */
const char *const av_keep_environments[] = {"[].deploymentEnvironmentId", NULL};

const char *const av_keep_artifacts[] = {
    "[].fileName", "[].type", "[].size", "[].created", NULL,
};

const char *const av_keep_log[] = {
    "matches[].offset",
    "matches[].text",
    "size",
    NULL,
};

const char *const av_keep_all[] = {"**", NULL};
