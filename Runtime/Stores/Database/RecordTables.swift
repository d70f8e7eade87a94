extension Migration {
    /// Named records: what the services around users' functions keep. `sealed` is an AES-256-GCM text.
    static let recordTables = Migration(
        number: 2, name: "records",
        script: """
            CREATE TABLE records(
              kind TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, sealed BLOB NOT NULL,
              PRIMARY KEY(kind, name)) WITHOUT ROWID;
            """)
}
