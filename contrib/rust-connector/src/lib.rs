// SPDX-License-Identifier: 0BSD
//! acme_rust: the connector of sdk/template, as far as Rust has to show that it can: options,
//! questions with a token, documents, an origin and checks, a gate among them.

#[macro_use]
mod sdk;

use sdk::*;
use std::ptr::null;

// ---- options ----

const fn option(name: Text, kind: i32, of: i32, flags: u32, help: Text) -> CmkOption {
    CmkOption {
        name,
        kind,
        of,
        flags,
        reserved: 0,
        otherwise: null(),
        least: 0,
        most: 0,
        words: null(),
        help,
        said_as: null(),
        spare: null(),
    }
}

static OPTIONS: [CmkOption; 6] = [
    option(text!("url"), URL, OF_SYSTEM, REQUIRED, text!("where Acme CI answers")),
    option(text!("project"), TEXT, OF_LINK, REQUIRED, text!("name of the project")),
    option(text!("project_id"), TEXT, OF_LINK, REQUIRED, text!("its id, which stays")),
    option(text!("token"), SECRET, OF_LINK, REQUIRED, text!("a token that may read it")),
    option(text!("build"), TEXT, OF_SUBMISSION, 0, text!("number of the build")),
    option(null(), 0, 0, 0, null()),
];

// ---- asking ----

static KEEP_PROJECT: Keep =
    Keep([text!("id"), null(), null(), null(), null(), null(), null(), null()]);
static KEEP_BUILD: Keep = Keep([
    text!("number"),
    text!("project_id"),
    text!("status"),
    text!("repository"),
    text!("branch"),
    text!("commit"),
    null(),
    null(),
]);

fn part(text: &'static str) -> Option<&'static std::ffi::CStr> {
    std::ffi::CStr::from_bytes_with_nul(text.as_bytes()).ok()
}

extern "C" fn authenticate(raw: Raw, k: *const Collect) -> i32 {
    let (c, k) = unsafe { (Call::new(raw), &*k) };
    let parts = [part("api\0"), part("projects\0"), c.option(text!("project"))];
    let url = c.url(c.option(text!("url")), &parts);
    c.record(k, text!("project"), c.ask(k, url, text!("token")), &KEEP_PROJECT);
    c.status()
}

extern "C" fn collect_origin(raw: Raw, k: *const Collect) -> i32 {
    let (c, k) = unsafe { (Call::new(raw), &*k) };
    let parts = [part("api\0"), part("builds\0"), c.option(text!("build"))];
    let url = c.url(c.option(text!("url")), &parts);
    let build = c.record(k, text!("build"), c.ask(k, url, text!("token")), &KEEP_BUILD);
    let at = c.joined("refs/heads/", c.text(build, text!("branch")));
    c.commit(k, c.text(build, text!("repository")), at, c.text(build, text!("commit")));
    c.status()
}

// ---- judging ----

extern "C" fn state_origin(raw: Raw, s: *const Statement) -> i32 {
    let (c, s) = unsafe { (Call::new(raw), &*s) };
    let build = c.document(s.evidence, text!("build"));
    let at = c.joined("refs/heads/", c.text(build, text!("branch")));
    for field in [text!("repository"), text!("commit")] {
        c.state(s, field, c.text(build, field), text!("build"), field);
    }
    c.state(s, text!("ref"), at, text!("build"), text!("branch"));
    c.state(s, text!("build"), c.shown(build, text!("number")), text!("build"), text!("number"));
    c.status()
}

/// Is it, in that document, the id that the operator wrote down?
fn is_linked(raw: Raw, x: *const Exam, document: Text, path: Text) -> i32 {
    let (c, x) = unsafe { (Call::new(raw), &*x) };
    let id = c.text(c.document(x.evidence, document), path);
    c.observe(x, id);
    match (id, c.option(text!("project_id"))) {
        (Some(id), Some(linked)) if id == linked => PASS,
        (Some(_), Some(_)) => FAIL,
        _ => UNKNOWN,
    }
}

extern "C" fn project_linked(raw: Raw, x: *const Exam) -> i32 {
    is_linked(raw, x, text!("project"), text!("id"))
}

extern "C" fn build_of_project(raw: Raw, x: *const Exam) -> i32 {
    is_linked(raw, x, text!("build"), text!("project_id"))
}

extern "C" fn succeeded(raw: Raw, x: *const Exam) -> i32 {
    let (c, x) = unsafe { (Call::new(raw), &*x) };
    let status = c.text(c.document(x.evidence, text!("build")), text!("status"));
    c.observe(x, status);
    match status.map(std::ffi::CStr::to_bytes) {
        Some(b"success") => PASS,
        Some(b"running") | None => UNKNOWN,
        Some(_) => FAIL,
    }
}

extern "C" fn no_parameters(raw: Raw, x: *const Exam) -> i32 {
    let (c, x) = unsafe { (Call::new(raw), &*x) };
    let given = c.get(c.document(x.evidence, text!("build")), text!("parameters"));
    match (given.is_null(), c.count(given)) {
        (true, _) => UNKNOWN,
        (false, 0) => PASS,
        (false, _) => FAIL,
    }
}

const fn check(
    texts: [Text; 4],
    flags: u32,
    ask: Option<extern "C" fn(Raw, *const Exam) -> i32>,
) -> Check {
    let [id, question, expected, remedy] = texts;
    Check { id, question, expected, remedy, flags, reserved: 0, ask, spare: [null(); 2] }
}

static CHECKS: [Check; 5] = [
    check(
        [
            text!("project-linked"),
            text!("Is it the project that is linked?"),
            text!("the project_id of the link"),
            text!("Correct the link: see who has the project's name on Acme CI now."),
        ],
        BINDING | GATE,
        Some(project_linked),
    ),
    check(
        [
            text!("build-of-project"),
            text!("Is the build one of that project?"),
            text!("the project_id of the link"),
            text!("Submit a build of the linked project."),
        ],
        BINDING,
        Some(build_of_project),
    ),
    check(
        [
            text!("succeeded"),
            text!("Did the build end well?"),
            text!("success"),
            text!("Submit a build that succeeded."),
        ],
        0,
        Some(succeeded),
    ),
    check(
        [
            text!("no-parameters"),
            text!("Was the build determined by the repository alone?"),
            text!("no parameters"),
            text!("Build again without parameters."),
        ],
        0,
        Some(no_parameters),
    ),
    check([null(); 4], 0, None),
];

// ---- the plug-in ----

static CONNECTOR: Connector = Connector {
    size: std::mem::size_of::<Connector>() as u32,
    flags: 0,
    assumptions: null(),
    configure: null(),
    read_names: null(),
    authenticate: Some(authenticate),
    collect_origin: Some(collect_origin),
    state_origin: Some(state_origin),
    verify: CHECKS.as_ptr(),
    examine: null(),
    examination: null(),
    start: null(),
};

static PLUGIN: Plugin = Plugin {
    size: std::mem::size_of::<Plugin>() as u32,
    sdk_target: SDK_1_0,
    sdk_least: SDK_1_0,
    flags: 0,
    id: text!("acme_rust"),
    version: text!("1.0"),
    summary: text!("builds of Acme CI, in Rust"),
    options: OPTIONS.as_ptr(),
    connector: &CONNECTOR,
    rewriter: null(),
    signer: null(),
};

#[used]
#[link_section = ".note.countermark"]
static NOTE: Note = Note {
    name_size: 12,
    desc_size: 40,
    kind: 1,
    name: *b"Countermark\0",
    sdk_target: SDK_1_0,
    sdk_least: SDK_1_0,
    id: *b"acme_rust\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
};

/// The one exported symbol.
#[no_mangle]
pub extern "C" fn cmk_plugin_entry_v1() -> *const Plugin {
    &PLUGIN
}
