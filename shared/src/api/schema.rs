//! Schemas of values that have one rule: what a client may send, as far as JSON Schema can say it.

use std::{borrow::Cow, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    action::CustomFields,
    api::{
        body::Moment,
        campaigns::GoalSteps,
        service_bodies::Password,
        templates::{Source, TextSource},
    },
    config_value::PublicConfig,
    email::Email,
    id::{Id, Kind},
    invite::{GivenToken, InviteMessage},
    locale::Locale,
    moderation::Note,
    name::{ActionType, FieldSelector, Name, PageName, TemplateName},
    page::{Origin, TextHash},
    permission::{Grant, Permission, Permissions, Role},
    person::{AddressLine, Country, PersonName, Phone, Postcode},
    public_key::X25519Key,
    sealed::SealedBox,
    secret::Digest,
    service::{AccessKeyId, Backend, DomainName, RoleArn, Setting, VerifyingKey},
    text::{Line, Tag},
};

/// Visible characters, one of which is no space: none of [`crate::text`]'s invisible ones.
const LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb][^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]*$";

/// Visible characters.
const SETTING: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]+$";

/// A host of words, the last with a letter first, or of four numbers; a port, but for the usual ones.
const ORIGIN: &str = concat!(
    "^(?!http://[^:]*:80$)(?!https://[^:]*:443$)https?://",
    r"(([a-z0-9-]+\.)*[a-z][a-z0-9-]*",
    r"|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]))",
    "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$",
);

macro_rules! schema {
    ($($type:ty, $name:literal, $schema:tt;)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })*
    };
}

schema! {
    Name, "Name", { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" };
    ActionType, "ActionType", { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" };
    TemplateName, "TemplateName", { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" };
    PageName, "PageName", {
        "type": "string", "maxLength": 255,
        "pattern": "^[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*(/[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*)+$"
    };
    FieldSelector, "FieldSelector", { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,64}$" };
    Line, "Line", { "type": "string", "pattern": LINE, "maxLength": 200 };
    Setting, "Setting", { "type": "string", "pattern": SETTING, "maxLength": 1000 };
    Locale, "Locale", { "type": "string", "pattern": "^[a-z]{2,3}([_-][A-Z]{2})?$" };
    DomainName, "DomainName", {
        "type": "string", "maxLength": 253,
        "pattern": "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
    };
    RoleArn, "RoleArn", {
        "type": "string",
        "pattern": "^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{0,500}[A-Za-z0-9+=,.@_-]$"
    };
    AccessKeyId, "AccessKeyId", { "type": "string", "pattern": "^[A-Z0-9]{16,128}$" };
    VerifyingKey, "VerifyingKey", { "type": "string", "pattern": "^whpk_[A-Za-z0-9+/]{43}=$" };
    Password, "Password", { "type": "string", "pattern": "^[ -~]{1,256}$", "writeOnly": true };
    Source, "Source", {
        "type": "string", "minLength": 1, "maxLength": 65536,
        "description": "A template in Jinja's language, at most 64 kB, that renders with sample data."
    };
    TextSource, "TextSource", {
        "type": "string", "maxLength": 65536,
        "description": "The same of a text part. Where it is empty, the text is made of the HTML part."
    };
    X25519Key, "X25519Key", {
        "type": "string", "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
        "description": "An X25519 public key (RFC 7748), as base64 of its 32 bytes; no point of low order."
    };
    SealedBox, "SealedBox", { "type": "string", "pattern": "^[A-Za-z0-9+/]+={0,2}$" };
    Email, "Email", { "type": "string", "format": "email", "maxLength": 254 };
    Origin, "Origin", { "type": "string", "maxLength": 255, "pattern": ORIGIN };
    TextHash, "TextHash", { "type": "string", "pattern": "^[0-9a-f]{64}$" };
    InviteMessage, "InviteMessage", {
        "type": "string",
        "pattern": "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]{1,1000}$"
    };
    GivenToken, "GivenToken", { "type": "string" };
    Moment, "Moment", { "type": "string", "format": "date-time" };
    Backend, "Backend", { "type": "string", "pattern": "^(SYSTEM|svc_[0-9a-f]{32})$" };
    GoalSteps, "GoalSteps", {
        "type": "array", "maxItems": 50, "description": "Ascending.",
        "items": { "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32 }
    };
    Digest, "Digest", { "type": "string", "pattern": "^[0-9]{1,3}-[A-Za-z0-9_-]{43}$" };
    Note, "Note", { "type": "string", "minLength": 1, "maxLength": 500 };
    Tag, "Tag", { "type": "string", "maxLength": 250 };
    CustomFields, "CustomFields", {
        "type": "object", "maxProperties": 30,
        "description": "Texts, numbers, yes-or-nos, or lists of one of these, by name."
    };
    PersonName, "PersonName", { "type": "string", "minLength": 1, "maxLength": 64 };
    Phone, "Phone", { "type": "string", "pattern": "^[0-9+ ()-]{1,20}$" };
    Postcode, "Postcode", { "type": "string", "pattern": "^[A-Z0-9 -]{1,10}$" };
    AddressLine, "AddressLine", { "type": "string", "minLength": 1, "maxLength": 100 };
    Country, "Country", { "type": "string", "pattern": "^[A-Z]{2}$" };
    PublicConfig, "PublicConfig", { "type": "object", "description": "At most 32 kB of JSON, nested at most 14 levels." };
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeSet::<Permission>::json_schema(generator)
    }
}

impl JsonSchema for Grant {
    fn schema_name() -> Cow<'static, str> {
        "Grant".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let given = |name: &str| {
            let not_null = serde_json::json!({ "not": { "type": "null" } });
            serde_json::json!({ "required": [name], "properties": { name: not_null } })
        };
        json_schema!({
            "type": "object",
            "properties": {
                "role": generator.subschema_for::<Option<Role>>(),
                "permissions": generator.subschema_for::<Option<Permissions>>(),
            },
            "oneOf": [given("role"), given("permissions")],
        })
    }
}

impl<T: Kind> JsonSchema for Id<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Id_{}", T::PREFIX).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": format!("^{}_[0-9a-f]{{32}}$", T::PREFIX) })
    }
}
