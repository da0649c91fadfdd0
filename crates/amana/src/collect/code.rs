//! The codes of what can be wrong with a body or an event: a closed set that the reference lists.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// What was wrong with a body or an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as answers spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means and what to do.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii_start(),)+ }
            }
        }
    };
}

codes! {
    /// The compression is not what its name says, or stops in the middle.
    BadCompression = "bad_compression";
    /// The form has no field `data`, or it is neither JSON nor base64 of JSON.
    BadForm = "bad_form";
    /// The text is not UTF-8.
    NotUtf8 = "not_utf8";
    /// The text is not JSON.
    BadJson = "bad_json";
    /// Objects and lists lie too deep inside each other.
    TooDeep = "too_deep";
    /// There are more values than one body may have.
    TooManyValues = "too_many_values";
    /// One object names the same key twice.
    DuplicateKey = "duplicate_key";
    /// An object was expected.
    NotAnObject = "not_an_object";
    /// A required field is absent, null or empty; `field` names it.
    MissingField = "missing_field";
    /// A field holds a value of the wrong kind; `field` names it.
    WrongType = "wrong_type";
    /// A field is longer than its limit; `field` names it.
    TooLong = "too_long";
    /// A field holds a control character; `field` names it.
    ControlCharacter = "control_character";
    /// `type` names no call.
    UnknownType = "unknown_type";
    /// `type` says something else than the path.
    TypeMismatch = "type_mismatch";
    /// A time cannot be read; send RFC 3339.
    BadTime = "bad_time";
    /// The event is larger than its limit.
    EventTooLarge = "event_too_large";
}
