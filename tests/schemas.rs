//! The committed JSON Schemas are those of the types.

use std::collections::BTreeSet;
use std::path::Path;

/// Each schema in `schemas/json` is generated from its type, and none is left over. With UPDATE_SCHEMAS=1 the
/// files are written instead: look at the difference before committing it, since outsiders rely on them.
#[test]
fn committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/json");
    let update = std::env::var_os("UPDATE_SCHEMAS").is_some();
    let mut names = BTreeSet::new();
    for (name, schema) in schemas::json::documents() {
        let path = folder.join(format!("{name}.json"));
        let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "schemas/json/{name}.json is not that of its type; run UPDATE_SCHEMAS=1 cargo test -p tests --test schemas"
        );
        names.insert(format!("{name}.json"));
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "schemas/json/{name} belongs to no type");
    }
}
