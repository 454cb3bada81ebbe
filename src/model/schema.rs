//! JSON Schemas of documents, from the types that are serialised.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};

/// The draft 2020-12 schema of what serialising a `T` gives. Members that are not in it are allowed: documents may get
/// more of them.
pub fn schema_of<T: JsonSchema>() -> Schema {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    RecursiveTransform(without_widths).transform(&mut schema);
    schema
}

/// Takes formats such as `uint64` away: the standard does not have them, and strict validators refuse what they do not
/// know.
fn without_widths(schema: &mut Schema) {
    let is_width =
        |format: &str| format.starts_with("uint") || format.starts_with("int") || format == "double";
    if schema.get("format").and_then(|format| format.as_str()).is_some_and(is_width) {
        schema.remove("format");
    }
}
