extension Migration {
    /// Buckets and objects. Keys stand in the open, as octets: listing needs their order. `sealed` and `content_key` are
    /// AES-256-GCM texts.
    static let objectTables = Migration(
        number: 5, name: "objects",
        script: """
            CREATE TABLE buckets(
              n INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
              sealed BLOB NOT NULL);
            -- One row for each version. The current one of a key has no `replaced`; it is the one with the highest n.
            -- Numbers are never used twice: pieces of what was deleted go later.
            CREATE TABLE objects(
              n INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, key BLOB NOT NULL, version BLOB,
              is_marker INTEGER NOT NULL, modified INTEGER NOT NULL, replaced INTEGER, sealed BLOB NOT NULL);
            CREATE INDEX objects_by_key ON objects(bucket, key, n DESC);
            CREATE INDEX objects_shown ON objects(bucket, key) WHERE replaced IS NULL AND is_marker = 0;
            CREATE INDEX objects_by_age ON objects(bucket, modified) WHERE replaced IS NULL;
            CREATE INDEX objects_replaced ON objects(bucket, replaced) WHERE replaced IS NOT NULL;
            CREATE TABLE object_pieces(
              object INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL, blob INTEGER NOT NULL,
              content_key BLOB NOT NULL, PRIMARY KEY(object, start)) WITHOUT ROWID;
            CREATE TABLE uploads(
              n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, bucket INTEGER NOT NULL, key BLOB NOT NULL,
              started INTEGER NOT NULL, sealed BLOB NOT NULL);
            CREATE INDEX uploads_by_key ON uploads(bucket, key, n);
            CREATE TABLE upload_parts(
              upload INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, blob INTEGER NOT NULL,
              content_key BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(upload, number)) WITHOUT ROWID;
            -- Deleted objects (0) and ended uploads (1) whose content is still to go.
            CREATE TABLE object_garbage(
              kind INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(kind, n)) WITHOUT ROWID;
            """)
}
