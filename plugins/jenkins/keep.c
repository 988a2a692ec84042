/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked, and what stays readable of the answers: classes, names, numbers, commits, times.
 * All other members stay by name only, and are still seen and counted.
 *
 * Withheld on purpose: values of parameters; people; of a configuration everything but what tells
 * where a pipeline comes from, because job configurations hold trigger tokens and passwords.
 */
#include "jenkins.h"

#define REVISION "SHA1,branch[SHA1,name]"
#define CHECKOUT                                                                                   \
    "scmName,remoteUrls,lastBuiltRevision[" REVISION "],"                                          \
    "buildsByBranchName[buildNumber,marked[" REVISION "],revision[" REVISION "]]"

/* One question for all that is known of a build. The members of a map are no level of the tree. */
const char jk_tree_build[] =
    "_class,number,id,url,building,inProgress,result,timestamp,queueId,builtOn,"
    "actions[_class,causes[_class,upstreamProject,upstreamBuild],parameters[_class,name]," CHECKOUT
    ",revision[_class,hash,deterministic,head[_class,name]]],"
    "artifacts[relativePath,fileName],"
    "fingerprint[fileName,hash,original[name,number]],"
    "runs[number,url,building,result,builtOn,actions[_class," CHECKOUT "]]";

const char *const jk_keep_build[] = {
    "_class",
    "number",
    "id",
    "building",
    "inProgress",
    "result",
    "timestamp",
    "queueId",
    "builtOn",
    "actions[]._class",
    "actions[].causes[]._class",
    "actions[].causes[].upstreamProject",
    "actions[].causes[].upstreamBuild",
    "actions[].parameters[]._class",
    "actions[].parameters[].name",
    "actions[].scmName",
    "actions[].remoteUrls[]",
    "actions[].lastBuiltRevision.**",
    "actions[].buildsByBranchName.**",
    "actions[].revision._class",
    "actions[].revision.hash",
    "actions[].revision.deterministic",
    "actions[].revision.head._class",
    "actions[].revision.head.name",
    "artifacts[].relativePath",
    "artifacts[].fileName",
    "fingerprint[].fileName",
    "fingerprint[].hash",
    "fingerprint[].original.name",
    "fingerprint[].original.number",
    "runs[].number",
    "runs[].building",
    "runs[].result",
    "runs[].builtOn",
    "runs[].actions[]._class",
    "runs[].actions[].remoteUrls[]",
    "runs[].actions[].lastBuiltRevision.**",
    "runs[].actions[].buildsByBranchName.**",
    NULL,
};

const char jk_tree_job[] = "_class,fullName,actions[_class]";

const char *const jk_keep_job[] = {"_class", "fullName", "actions[]._class", NULL};

/* Where the pipeline comes from. Of everything else only what there is, by its name. */
const char *const jk_keep_config[] = {
    "root",
    "body.disabled[].#",
    "body.definition[].@class",
    "body.definition[].@plugin",
    "body.definition[].scriptPath[].#",
    "body.definition[].lightweight[].#",
    "body.definition[].scm[].@class",
    "body.definition[].scm[].userRemoteConfigs[].@class",
    "body.definition[].scm[].userRemoteConfigs[].*[].url[].#",
    "body.definition[].scm[].userRemoteConfigs[].*[].name[].#",
    "body.definition[].scm[].branches[].@class",
    "body.definition[].scm[].branches[].*[].name[].#",
    "body.definition[].scm[].extensions[].*[].@class",
    "body.scm[].@class",
    "body.scm[].userRemoteConfigs[].@class",
    "body.scm[].userRemoteConfigs[].*[].url[].#",
    "body.scm[].userRemoteConfigs[].*[].name[].#",
    "body.scm[].branches[].@class",
    "body.scm[].branches[].*[].name[].#",
    "body.sources[].@class",
    "body.sources[].data[].*[].source[].@class",
    "body.sources[].data[].*[].source[].remote[].#",
    "body.sources[].data[].*[].source[].repositoryUrl[].#",
    "body.factory[].@class",
    "body.factory[].scriptPath[].#",
    "body.properties[].*[].@plugin",
    NULL,
};

const char jk_tree_history[] = "jobConfigHistory[date,operation]";

const char *const jk_keep_history[] = {
    "jobConfigHistory[].date",
    "jobConfigHistory[].operation",
    NULL,
};

const char *const jk_keep_instance[] = {"identity", "sha256", "version", NULL};

const char *const jk_keep_sidecar[] = {"sha256", "name", NULL};

const char *const jk_keep_who[] = {"name", "authenticated", "anonymous", NULL};

/* How many there are, and nothing of them. */
const char *const jk_keep_none[] = {NULL};
