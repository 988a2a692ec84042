// SPDX-License-Identifier: 0BSD
//! countermark/plugin.h, level 1.0, by hand: the tables that this connector uses, member by member.
//! Of tables that it does not use only the address is known.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_void};

pub const SDK_1_0: u32 = 0x0001_0000;

pub const UNKNOWN: i32 = 0;
pub const PASS: i32 = 0x7061_7373;
pub const FAIL: i32 = 0x6661_696c;

pub const URL: i32 = 6;
pub const TEXT: i32 = 1;
pub const SECRET: i32 = 7;
pub const OF_SYSTEM: i32 = 1;
pub const OF_LINK: i32 = 2;
pub const OF_SUBMISSION: i32 = 4;
pub const REQUIRED: u32 = 1;
pub const BINDING: u32 = 1;
pub const GATE: u32 = 2;
pub const AUTH_BEARER: i32 = 1;

pub type Text = *const c_char;
pub type Value = *const c_void;
pub type Exchange = *mut c_void;
pub type Raw = *mut RawCall;
pub type Unused = *const c_void;

#[repr(C)]
pub struct Base {
    pub size: u32,
    pub reserved: u32,
    pub log: Unused,
    pub fail: extern "C" fn(Raw, i32, Text) -> i32,
    pub status: extern "C" fn(Raw) -> i32,
    pub remaining: Unused,
    pub alloc: extern "C" fn(Raw, u64) -> *mut c_void,
    pub matches: Unused,
    pub time: Unused,
    pub url: extern "C" fn(Raw, Text, *const Text, u32) -> Text,
    pub query: Unused,
}

#[repr(C)]
pub struct Json {
    pub size: u32,
    pub reserved: u32,
    pub parse: Unused,
    pub get: extern "C" fn(Raw, Value, Text) -> Value,
    pub member: Unused,
    pub count: extern "C" fn(Raw, Value) -> u64,
    pub at: Unused,
    pub key: Unused,
    pub text: extern "C" fn(Raw, Value) -> Text,
    pub integer: Unused,
    pub truth: Unused,
    pub show: extern "C" fn(Raw, Value) -> Text,
    pub canonical: Unused,
}

#[repr(C)]
pub struct RawCall {
    pub size: u32,
    pub reserved: u32,
    pub base: *const Base,
    pub json: *const Json,
    pub crypto: Unused,
    pub options: Value,
}

#[repr(C)]
pub struct HttpRequest {
    pub size: u32,
    pub flags: u32,
    pub url: Text,
    pub auth: i32,
    pub header_count: u32,
    pub query_count: u32,
    pub reserved: u32,
    pub secret: Text,
    pub user: Text,
    pub headers: Unused,
    pub query: Unused,
    pub most: u64,
    pub find: Text,
    pub find_after: u32,
    pub reserved2: u32,
}

#[repr(C)]
pub struct Http {
    pub size: u32,
    pub reserved: u32,
    pub start: extern "C" fn(Raw, *const HttpRequest) -> Exchange,
    pub status: Unused,
    pub header: Unused,
    pub json: Unused,
}

#[repr(C)]
pub struct Git {
    pub size: u32,
    pub reserved: u32,
    pub commit: extern "C" fn(Raw, Text, Text, Text) -> Exchange,
    pub file: Unused,
}

#[repr(C)]
pub struct Record {
    pub size: u32,
    pub reserved: u32,
    pub exchange: extern "C" fn(Raw, Text, Exchange, *const Text) -> Value,
    pub absent: Unused,
}

#[repr(C)]
pub struct Collect {
    pub size: u32,
    pub reserved: u32,
    pub http: *const Http,
    pub git: *const Git,
    pub record: *const Record,
    pub kept: Unused,
    pub sleep: Unused,
    pub secret_begins: Unused,
}

#[repr(C)]
pub struct Evidence {
    pub size: u32,
    pub reserved: u32,
    pub document: extern "C" fn(Raw, Text) -> Value,
    pub document_if_any: Unused,
    pub facts: Unused,
    pub refused: Unused,
}

#[repr(C)]
pub struct Statement {
    pub size: u32,
    pub reserved: u32,
    pub evidence: *const Evidence,
    pub origin: extern "C" fn(Raw, Text, Text, Text, Text),
    pub attach: Unused,
}

#[repr(C)]
pub struct Exam {
    pub size: u32,
    pub reserved: u32,
    pub evidence: *const Evidence,
    pub decided_at: i64,
    pub observe: extern "C" fn(Raw, Text),
    pub expect: extern "C" fn(Raw, Text),
    pub assumed: Unused,
}

// ---- tables of ours ----

#[repr(C)]
pub struct CmkOption {
    pub name: Text,
    pub kind: i32,
    pub of: i32,
    pub flags: u32,
    pub reserved: u32,
    pub otherwise: Text,
    pub least: i64,
    pub most: i64,
    pub words: Text,
    pub help: Text,
    pub said_as: Text,
    pub spare: Unused,
}

#[repr(C)]
pub struct Check {
    pub id: Text,
    pub question: Text,
    pub expected: Text,
    pub remedy: Text,
    pub flags: u32,
    pub reserved: u32,
    pub ask: Option<extern "C" fn(Raw, *const Exam) -> i32>,
    pub spare: [Unused; 2],
}

#[repr(C)]
pub struct Connector {
    pub size: u32,
    pub flags: u32,
    pub assumptions: Unused,
    pub configure: Unused,
    pub read_names: Unused,
    pub authenticate: Option<extern "C" fn(Raw, *const Collect) -> i32>,
    pub collect_origin: Option<extern "C" fn(Raw, *const Collect) -> i32>,
    pub state_origin: Option<extern "C" fn(Raw, *const Statement) -> i32>,
    pub verify: *const Check,
    pub examine: Unused,
    pub examination: Unused,
    pub start: Unused,
}

#[repr(C)]
pub struct Plugin {
    pub size: u32,
    pub sdk_target: u32,
    pub sdk_least: u32,
    pub flags: u32,
    pub id: Text,
    pub version: Text,
    pub summary: Text,
    pub options: *const CmkOption,
    pub connector: *const Connector,
    pub rewriter: Unused,
    pub signer: Unused,
}

// They hold addresses of what never changes, and nobody writes to them.
unsafe impl Sync for CmkOption {}
unsafe impl Sync for Check {}
unsafe impl Sync for Connector {}
unsafe impl Sync for Plugin {}

/// The ELF note that is read before anything is loaded.
#[repr(C, align(4))]
pub struct Note {
    pub name_size: u32,
    pub desc_size: u32,
    pub kind: u32,
    pub name: [u8; 12],
    pub sdk_target: u32,
    pub sdk_least: u32,
    pub id: [u8; 32],
}

/// A text of the plug-in's own, as C has them.
#[macro_export]
macro_rules! text {
    ($said:expr) => {
        concat!($said, "\0").as_ptr() as $crate::sdk::Text
    };
}

// ---- the call, as Rust likes it ----

/// One run of one hook. What it gives lives as long as the hook runs; NULL is `None`, and None may
/// be handed on: nothing is read, and nothing is asked.
pub struct Call<'a> {
    raw: Raw,
    hook: PhantomData<&'a RawCall>,
}

fn or_null(text: Option<&CStr>) -> Text {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

impl<'a> Call<'a> {
    /// # Safety
    /// `raw` is what the hook was handed, and the call does not outlive the hook.
    pub unsafe fn new(raw: Raw) -> Call<'a> {
        Call { raw, hook: PhantomData }
    }

    fn base(&self) -> &'a Base {
        unsafe { &*(*self.raw).base }
    }

    fn json(&self) -> &'a Json {
        unsafe { &*(*self.raw).json }
    }

    fn given(&self, text: Text) -> Option<&'a CStr> {
        if text.is_null() {
            return None;
        }
        Some(unsafe { CStr::from_ptr(text) })
    }

    pub fn status(&self) -> i32 {
        (self.base().status)(self.raw)
    }

    pub fn get(&self, value: Value, path: Text) -> Value {
        (self.json().get)(self.raw, value, path)
    }

    pub fn count(&self, value: Value) -> u64 {
        (self.json().count)(self.raw, value)
    }

    pub fn text(&self, value: Value, path: Text) -> Option<&'a CStr> {
        self.given((self.json().text)(self.raw, self.get(value, path)))
    }

    pub fn shown(&self, value: Value, path: Text) -> Option<&'a CStr> {
        self.given((self.json().show)(self.raw, self.get(value, path)))
    }

    pub fn option(&self, name: Text) -> Option<&'a CStr> {
        self.text(unsafe { (*self.raw).options }, name)
    }

    pub fn url(&self, base: Option<&CStr>, parts: &[Option<&CStr>]) -> Option<&'a CStr> {
        let mut all: [Text; 8] = [std::ptr::null(); 8];
        for (to, part) in all.iter_mut().zip(parts) {
            *to = or_null(*part);
        }
        let count = parts.len().min(all.len()) as u32;
        self.given((self.base().url)(self.raw, or_null(base), all.as_ptr(), count))
    }

    /// Both behind one another, in memory of the call.
    pub fn joined(&self, head: &str, tail: Option<&CStr>) -> Option<&'a CStr> {
        let tail = tail?.to_bytes();
        let size = head.len() + tail.len();
        let to = (self.base().alloc)(self.raw, size as u64 + 1) as *mut u8;
        if to.is_null() {
            return None;
        }
        unsafe {
            std::ptr::copy_nonoverlapping(head.as_ptr(), to, head.len());
            std::ptr::copy_nonoverlapping(tail.as_ptr(), to.add(head.len()), tail.len());
        }
        self.given(to as Text) // zeroed, so there is a NUL behind it
    }

    /// Asks with the token of that option.
    pub fn ask(&self, k: &Collect, url: Option<&CStr>, secret: Text) -> Exchange {
        let mut request: HttpRequest = unsafe { std::mem::zeroed() };
        request.size = std::mem::size_of::<HttpRequest>() as u32;
        request.url = or_null(url);
        request.auth = AUTH_BEARER;
        request.secret = secret;
        unsafe { ((*k.http).start)(self.raw, &request) }
    }

    pub fn record(&self, k: &Collect, name: Text, asked: Exchange, keep: &Keep) -> Value {
        unsafe { ((*k.record).exchange)(self.raw, name, asked, keep.0.as_ptr()) }
    }

    pub fn commit(&self, k: &Collect, url: Option<&CStr>, r: Option<&CStr>, id: Option<&CStr>) {
        unsafe { ((*k.git).commit)(self.raw, or_null(url), or_null(r), or_null(id)) };
    }

    pub fn document(&self, evidence: *const Evidence, name: Text) -> Value {
        unsafe { ((*evidence).document)(self.raw, name) }
    }

    pub fn state(&self, s: &Statement, field: Text, text: Option<&CStr>, from: Text, at: Text) {
        (s.origin)(self.raw, field, or_null(text), from, at);
    }

    pub fn observe(&self, x: &Exam, text: Option<&CStr>) {
        (x.observe)(self.raw, text.map_or(text!("none"), CStr::as_ptr));
    }
}

/// What may stay of an answer; ends with NULL.
pub struct Keep(pub [Text; 8]);
unsafe impl Sync for Keep {}
