extension Migration {
    /// Lines of a group that were committed together are one sealed block: one row of them cost more than a function's call.
    ///
    /// A block is named by the position of its last line. `log_requests` finds
    /// the blocks of a request by a number made from its id.
    /// Lines of development releases, one row each, are dropped.
    static let logBlockTables = Migration(
        number: 7, name: "function logs in blocks",
        script: """
            CREATE TABLE log_blocks(
              n INTEGER PRIMARY KEY AUTOINCREMENT, log_group INTEGER NOT NULL, earliest INTEGER NOT NULL,
              latest INTEGER NOT NULL, sealed BLOB NOT NULL);
            CREATE INDEX log_blocks_by_group ON log_blocks(log_group);
            CREATE INDEX log_blocks_by_latest ON log_blocks(log_group, latest);
            CREATE INDEX log_blocks_by_earliest ON log_blocks(log_group, earliest);
            CREATE TABLE log_block_streams(
              stream INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY(stream, block)) WITHOUT ROWID;
            CREATE TABLE log_requests(
              request INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY(request, block)) WITHOUT ROWID;
            INSERT INTO log_blocks(n, log_group, earliest, latest, sealed)
              SELECT seq, 0, 0, 0, x'' FROM sqlite_sequence WHERE name = 'log_lines' AND seq > 0;
            DELETE FROM log_blocks;
            DROP TABLE log_lines;
            DELETE FROM log_streams;
            DELETE FROM log_groups;
            """)
}
