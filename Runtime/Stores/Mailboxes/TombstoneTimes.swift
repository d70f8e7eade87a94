extension Migration {
    /// When an item went, so that tombstones can be forgotten by age. Those of before count as old.
    static let tombstoneTimes = Migration(
        number: 6, name: "tombstone times",
        script: """
            ALTER TABLE tombstones ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
            CREATE INDEX tombstones_by_time ON tombstones(gone);
            """)
}
