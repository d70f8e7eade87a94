extension Migration {
    /// The tables of the first release. Stores/README.md tells what each is for; columns called `sealed`, `record`,
    /// `trace` and `key` hold AES-256-GCM texts.
    static let firstTables = Migration(
        number: 1, name: "first tables",
        script: """
            CREATE TABLE facts(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE organization_keys(
              n INTEGER PRIMARY KEY, organization TEXT NOT NULL, is_current INTEGER NOT NULL, key BLOB NOT NULL,
              directory_key BLOB);
            CREATE INDEX organization_keys_by_name ON organization_keys(organization);

            CREATE TABLE blobs(
              n INTEGER PRIMARY KEY, refs INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL,
              segment INTEGER, place INTEGER, length INTEGER);
            CREATE INDEX blobs_by_segment ON blobs(segment, place) WHERE segment IS NOT NULL;
            CREATE TABLE contents(blob INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
            CREATE TABLE summaries(blob INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
            CREATE TABLE segments(n INTEGER PRIMARY KEY, tail INTEGER NOT NULL, live INTEGER NOT NULL);

            CREATE TABLE spool(
              n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, queue TEXT NOT NULL, due INTEGER,
              is_dead INTEGER NOT NULL, accepted INTEGER NOT NULL, bucket INTEGER, message_id INTEGER,
              organization_key INTEGER NOT NULL, key BLOB NOT NULL, blob INTEGER NOT NULL, record BLOB NOT NULL,
              trace BLOB NOT NULL);
            CREATE INDEX spool_due ON spool(queue, due) WHERE due IS NOT NULL AND is_dead = 0;
            CREATE INDEX spool_dead ON spool(accepted) WHERE is_dead = 1;
            CREATE INDEX spool_settled ON spool(accepted) WHERE due IS NULL AND is_dead = 0;
            CREATE INDEX spool_by_message_id ON spool(bucket, message_id) WHERE message_id IS NOT NULL;

            CREATE TABLE organizations(
              id TEXT PRIMARY KEY, alias TEXT NOT NULL UNIQUE, state TEXT NOT NULL, default_domain TEXT NOT NULL,
              created INTEGER NOT NULL, completed INTEGER) WITHOUT ROWID;
            CREATE TABLE domains(
              name TEXT PRIMARY KEY, organization TEXT NOT NULL, ownership TEXT NOT NULL, is_test INTEGER NOT NULL,
              registered INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX domains_by_organization ON domains(organization);
            CREATE TABLE entities(
              n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization TEXT NOT NULL, kind TEXT NOT NULL,
              state TEXT NOT NULL, name BLOB NOT NULL, sealed BLOB NOT NULL, password BLOB);
            CREATE UNIQUE INDEX entities_by_name ON entities(organization, name) WHERE state <> 'DELETED';
            CREATE TABLE addresses(
              address BLOB PRIMARY KEY, entity INTEGER NOT NULL, domain TEXT NOT NULL) WITHOUT ROWID;
            CREATE INDEX addresses_by_entity ON addresses(entity);
            CREATE INDEX addresses_by_domain ON addresses(domain);
            CREATE TABLE members(
              team INTEGER NOT NULL, member INTEGER NOT NULL, PRIMARY KEY(team, member)) WITHOUT ROWID;
            CREATE INDEX members_by_member ON members(member);
            CREATE TABLE access_keys(id TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;

            CREATE TABLE mailboxes(
              account INTEGER PRIMARY KEY, organization_key INTEGER NOT NULL, key BLOB NOT NULL,
              used INTEGER NOT NULL, uid_validity INTEGER NOT NULL);
            CREATE INDEX mailboxes_by_key ON mailboxes(organization_key);
            -- Numbers of folders and jobs are never used twice: items of deleted folders go later, leases are in memory.
            CREATE TABLE folders(
              n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, account INTEGER NOT NULL, parent INTEGER,
              name BLOB NOT NULL, class INTEGER NOT NULL, special_use INTEGER, is_subscribed INTEGER NOT NULL,
              uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL, mod_seq INTEGER NOT NULL,
              messages INTEGER NOT NULL, unseen INTEGER NOT NULL, deleted INTEGER NOT NULL, octets INTEGER NOT NULL,
              recent INTEGER NOT NULL);
            CREATE INDEX folders_by_account ON folders(account);
            CREATE UNIQUE INDEX folders_by_use ON folders(account, special_use) WHERE special_use IS NOT NULL;
            CREATE TABLE items(
              folder INTEGER NOT NULL, uid INTEGER NOT NULL, id BLOB NOT NULL, added INTEGER NOT NULL,
              mod_seq INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT, internal INTEGER NOT NULL,
              saved INTEGER NOT NULL, size INTEGER NOT NULL, blob INTEGER NOT NULL, key BLOB NOT NULL, summary BLOB,
              PRIMARY KEY(folder, uid)) WITHOUT ROWID;
            CREATE INDEX items_by_id ON items(id);
            CREATE INDEX items_changed ON items(folder, mod_seq) WHERE mod_seq > added;
            CREATE INDEX items_deleted ON items(folder, uid) WHERE flags & 8;
            CREATE TABLE tombstones(
              folder INTEGER NOT NULL, mod_seq INTEGER NOT NULL, uid INTEGER NOT NULL, id BLOB NOT NULL,
              PRIMARY KEY(folder, mod_seq, uid)) WITHOUT ROWID;
            CREATE TABLE garbage(folder INTEGER PRIMARY KEY);

            CREATE TABLE rules(
              organization TEXT NOT NULL, direction TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL,
              PRIMARY KEY(organization, direction, name)) WITHOUT ROWID;
            CREATE TABLE journaling(organization TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE jobs(
              n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, due INTEGER NOT NULL, is_dead INTEGER NOT NULL,
              sealed BLOB NOT NULL);
            CREATE INDEX jobs_due ON jobs(due) WHERE is_dead = 0;
            CREATE TABLE schedules(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE deployments(
              stack TEXT NOT NULL, number INTEGER NOT NULL, deployed INTEGER NOT NULL, sealed BLOB NOT NULL,
              PRIMARY KEY(stack, number)) WITHOUT ROWID;
            """)
}
