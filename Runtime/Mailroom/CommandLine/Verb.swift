/// One verb of the command line, with everything its `--help` shows.
struct Verb: Sendable {
    let name: String
    /// What stands between the verb and its flags: `TEMPLATE`, `list|show|create ADDRESS`.
    let operands: String
    let summary: String
    let options: [Option]
    let example: String
    /// Exit code 0 for done, 1 for refused or failed.
    let run: @Sendable (Arguments) async throws -> Int32

    init(
        _ name: String, _ operands: String = "", _ summary: String, options: [Option] = [], example: String,
        run: @escaping @Sendable (Arguments) async throws -> Int32
    ) {
        self.name = name
        self.operands = operands
        self.summary = summary
        self.options = options + [.flag("help", "show this")]
        self.example = example
        self.run = run
    }

    /// Most operands, by what `operands` says of the way that begins with this one.
    func operandsMax(after first: String?) -> Int {
        let ways = operands.split(separator: "|").map { $0.split(separator: " ") }.filter { !$0.isEmpty }
        let meant = ways.filter { way in first.map { way[0] == $0 } ?? false }
        return (meant.isEmpty ? ways : meant).map(\.count).max() ?? 0
    }

    /// The text of `--help`.
    var help: String {
        var text = "mailroom \(name)\(operands.isEmpty ? "" : " \(operands)")\n\n  \(summary)\n\n"
        let rows = options.map {
            (
                "\($0.letter.map { "-\($0), " } ?? "")--\($0.name)\($0.value.map { " \($0)" } ?? "")",
                $0.help + ($0.isRepeatable ? " (repeatable)" : "")
            )
        }
        let width = rows.map(\.0.count).max() ?? 0
        for (flag, help) in rows { text += "  \(flag)\(String(repeating: " ", count: width - flag.count))  \(help)\n" }
        return text + "\nexample:\n  \(example.split(separator: "\n").joined(separator: "\n  "))\n"
    }
}
