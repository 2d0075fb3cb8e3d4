//! The two tables, made by hand: for engines on this machine and for tests. In the cloud the template makes them,
//! with encryption, recovery to a point in time and a time to live, which are not here.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use super::errors;
use super::rows::{PK, SK, index_names};
use super::table_name;
use crate::store::{StoreError, Table};

/// The code of a request to make a table that is there.
const TABLE_EXISTS: &str = "ResourceInUseException";

/// Makes those of the two tables that are not there: on demand, each with its sparse index of keys only. Not for
/// production, and only for engines whose tables are usable at once.
///
/// # Errors
/// [`StoreError`], never a conflict.
pub async fn create_tables(client: &Client, prefix: &str) -> Result<(), StoreError> {
    for table in [Table::State, Table::Journal] {
        let names = index_names(table);
        let invalid = |error: BuildError| StoreError::Invalid(error.to_string());
        let index = GlobalSecondaryIndex::builder()
            .index_name(names.index)
            .set_key_schema(Some(key_schema(names.partition, names.sort).map_err(invalid)?))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()
            .map_err(invalid)?;
        let attributes =
            [PK, SK, names.partition, names.sort].map(attribute).into_iter().collect::<Result<_, _>>();
        let created = client
            .create_table()
            .table_name(table_name(prefix, table))
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(PK, SK).map_err(invalid)?))
            .set_attribute_definitions(Some(attributes.map_err(invalid)?))
            .global_secondary_indexes(index)
            .send()
            .await;
        match created {
            Ok(_) => {}
            Err(error) if error.code() == Some(TABLE_EXISTS) => {}
            Err(error) => return Err(errors::failed(&error).into_error()),
        }
    }
    Ok(())
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element =
        |name: &str, kind: KeyType| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(partition, KeyType::Hash)?, element(sort, KeyType::Range)?])
}

fn attribute(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
}
