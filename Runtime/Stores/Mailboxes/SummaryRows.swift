import FunctionRuntime
import MailTypes

/// Summaries, one for each content: all copies of a message have the same, so it is sealed and written once.
struct SummaryRows {
    let db: Connection
    let random: any RandomSource

    /// Keeps a content's summary. Returns what an item of its own needs beside it: nil, or its own sealed summary when
    /// the content has another already.
    func keep(_ summary: Octets, of blob: Int, key: SealingKey, digest: Octets) throws(StoreFailure) -> Octets? {
        let place = SealedPlace.summary(digest: digest)
        var kept: Octets?
        do {
            let rows = try db.rows("SELECT sealed FROM summaries WHERE blob = ?", .int(blob))
            if try rows.step() { kept = rows.octets(0) }
        }
        if let kept { return try key.open(kept, at: place) == summary ? nil : key.seal(summary, at: place, random) }
        // What is empty is not kept: an item without any summary reads as one with an empty one.
        guard !summary.isEmpty else { return nil }
        try db.run(
            "INSERT INTO summaries(blob, sealed) VALUES(?, ?)", .int(blob),
            .octets(key.seal(summary, at: place, random)))
        return nil
    }
}
