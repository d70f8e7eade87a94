extension Migration {
    /// Content that functions have put for messages in transit, beside what is delivered. `name` is empty for what is
    /// only shown, else the transaction; `sealed` is an AES-256-GCM text under the row key of the message.
    static let stagedContents = Migration(
        number: 4, name: "staged contents",
        script: """
            CREATE TABLE staged_contents(
              message INTEGER NOT NULL, name TEXT NOT NULL, blob INTEGER NOT NULL, sealed BLOB NOT NULL,
              PRIMARY KEY(message, name)) WITHOUT ROWID;
            """)
}
