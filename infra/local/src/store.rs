//! The embedded `DynamoDB`: one SQLite file, with the table of the template and its stream.
//!
//! What it does not do: point-in-time recovery, more than one stream shard, taking expired items away.

use std::{fmt, path::Path};

use dynoxide::{
    Database,
    actions::{
        create_table::CreateTableRequest,
        describe_stream::DescribeStreamRequest,
        get_records::{GetRecordsRequest, GetRecordsResponse},
        get_shard_iterator::GetShardIteratorRequest,
        list_streams::ListStreamsRequest,
    },
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Name of the table on this machine.
pub const TABLE: &str = "proca-local";

/// The embedded table. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    file: std::path::PathBuf,
}

/// A place in the stream.
#[derive(Debug, Clone)]
pub struct Cursor(String);

/// Why the store cannot be used.
#[derive(Debug)]
pub struct StoreError(String);

impl Store {
    /// Opens the file, and makes the table where it is not there yet.
    pub fn open(file: &Path, table: &Value) -> Result<Self, StoreError> {
        let path =
            file.to_str().ok_or_else(|| StoreError("the data folder's name is not UTF-8".to_owned()))?;
        let database = Database::new(path).map_err(|e| StoreError(e.to_string()))?;
        let store = Self { database, file: file.to_owned() };
        if store.stream_arn()?.is_none() {
            store.create(table)?;
        }
        store.index_stream()?;
        Ok(store)
    }

    /// Serves the API of `DynamoDB` on this listener, for ever.
    pub async fn serve(self, listener: tokio::net::TcpListener) {
        dynoxide::server::serve_on(listener, self.database).await;
    }

    /// The beginning of what the stream still holds.
    pub fn oldest(&self) -> Result<Cursor, StoreError> {
        let arn = self.stream_arn()?.ok_or_else(|| StoreError("the table has no stream".to_owned()))?;
        let describe = DescribeStreamRequest { stream_arn: arn.clone(), ..DescribeStreamRequest::default() };
        let described = self.database.describe_stream(describe).map_err(|e| StoreError(e.to_string()))?;
        let shard =
            described.stream_description.shards.into_iter().next().map(|s| s.shard_id).unwrap_or_default();
        let request = GetShardIteratorRequest {
            stream_arn: arn,
            shard_id: shard,
            shard_iterator_type: "TRIM_HORIZON".to_owned(),
            sequence_number: None,
        };
        let iterator = self.database.get_shard_iterator(request).map_err(|e| StoreError(e.to_string()))?;
        iterator
            .shard_iterator
            .map(Cursor)
            .ok_or_else(|| StoreError("the stream has no beginning".to_owned()))
    }

    /// The next changes from a place on, as Lambda's event has them, and the place behind them.
    pub fn changes(&self, from: &Cursor, limit: usize) -> Result<(Vec<Value>, Cursor), StoreError> {
        let request = GetRecordsRequest { shard_iterator: from.0.clone(), limit: Some(limit) };
        let GetRecordsResponse { records, next_shard_iterator } =
            self.database.get_records(request).map_err(|e| StoreError(e.to_string()))?;
        let records = records.into_iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
        Ok((
            records.map_err(|e| StoreError(e.to_string()))?,
            next_shard_iterator.map_or_else(|| from.clone(), Cursor),
        ))
    }

    /// Forgets changes that are older than so many seconds: what stays is told again after a restart.
    pub fn trim(&self, older_than_secs: u32) -> Result<usize, StoreError> {
        let connection = Connection::open(&self.file).map_err(|e| StoreError(e.to_string()))?;
        connection
            .execute("DELETE FROM _stream_records WHERE created_at < unixepoch() - ?1", [older_than_secs])
            .map_err(|e| StoreError(e.to_string()))
    }

    fn create(&self, table: &Value) -> Result<(), StoreError> {
        let part = |name: &str| table.get(name).cloned().unwrap_or_default();
        let request = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": part("KeySchema"),
            "AttributeDefinitions": part("AttributeDefinitions"),
            "GlobalSecondaryIndexes": part("GlobalSecondaryIndexes"),
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": table.pointer("/StreamSpecification/StreamViewType") },
        });
        let request: CreateTableRequest =
            serde_json::from_value(request).map_err(|e| StoreError(e.to_string()))?;
        self.database.create_table(request).map(|_| ()).map_err(|e| StoreError(e.to_string()))
    }

    /// Without this index every write looks through all records of the stream.
    fn index_stream(&self) -> Result<(), StoreError> {
        let connection = Connection::open(&self.file).map_err(|e| StoreError(e.to_string()))?;
        let sql = "CREATE INDEX IF NOT EXISTS proca_stream ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
        connection.execute_batch(sql).map_err(|e| StoreError(e.to_string()))
    }

    fn stream_arn(&self) -> Result<Option<String>, StoreError> {
        let streams = self
            .database
            .list_streams(ListStreamsRequest::default())
            .map_err(|e| StoreError(e.to_string()))?;
        Ok(streams.streams.into_iter().next().map(|s| s.stream_arn))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the embedded table fails: {}", self.0)
    }
}

impl std::error::Error for StoreError {}
