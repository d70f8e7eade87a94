extension Migration {
    /// Log lines of users' functions. `sealed` is an AES-256-GCM text; positions are never given out twice.
    static let functionLogTables = Migration(
        number: 3, name: "function logs",
        script: """
            CREATE TABLE log_groups(n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
            CREATE TABLE log_streams(
              n INTEGER PRIMARY KEY AUTOINCREMENT, log_group INTEGER NOT NULL, name TEXT NOT NULL,
              UNIQUE(log_group, name));
            CREATE TABLE log_lines(
              n INTEGER PRIMARY KEY AUTOINCREMENT, log_group INTEGER NOT NULL, stream INTEGER NOT NULL,
              at INTEGER NOT NULL, request TEXT, sealed BLOB NOT NULL);
            CREATE INDEX log_lines_by_group ON log_lines(log_group);
            CREATE INDEX log_lines_by_time ON log_lines(log_group, at);
            CREATE INDEX log_lines_by_stream ON log_lines(stream);
            CREATE INDEX log_lines_by_request ON log_lines(request) WHERE request IS NOT NULL;
            """)
}
