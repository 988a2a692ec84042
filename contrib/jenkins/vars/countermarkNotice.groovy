// SPDX-License-Identifier: Apache-2.0
//
// countermarkNotice(): tells the operator's Countermark that this build is there to be verified.
//
// What is sent are names: the job's full name and the build's number. Nothing of it is believed;
// Countermark asks this controller itself. So the step needs no secret of the signing side, and sends
// none. The controller's setting says where to, and a pipeline can override it in its `environment`.
// That does no harm: another receiver learns two names that the pipeline knows anyway, and the
// operator's does not hear of the build.

import groovy.json.JsonOutput

def call() {
    def receiver = env.COUNTERMARK_NOTICE_URL
    if (!receiver) {
        error('countermarkNotice: set COUNTERMARK_NOTICE_URL under Manage Jenkins > System > ' +
              'Global properties > Environment variables')
    }
    if (!receiver.startsWith('https://')) {
        error('countermarkNotice: COUNTERMARK_NOTICE_URL is not an https address')
    }
    def names = [job: currentBuild.fullProjectName, build: currentBuild.number]
    httpRequest(url: receiver, httpMode: 'POST', contentType: 'APPLICATION_JSON',
                requestBody: JsonOutput.toJson(names), validResponseCodes: '200:299',
                consoleLogResponseBody: false, timeout: 30)
    echo "countermarkNotice: ${names.job} ${names.build}"
}
