import FunctionRuntime
import MailTypes

/// One message's content on its way from the connection into the store: at most one piece of it is in memory, and where it is
/// judged the whole header section, which has a limit of its own.
struct IncomingContent {
    /// Octets handed to the writer at once.
    static let pieceOctets = 65_536

    let queueID: QueueID
    var reader: ContentReader
    /// Why the store would not have it; the rest is read and dropped.
    private(set) var failure: (any Error)?
    private let writer: any ContentWriter
    private var piece: Octets
    /// Octets of trace fields on top, and how many of them are not passed on yet.
    let traceOctets: Int
    private var traceLeft: Int
    private var repetition: RepetitionCheck?
    /// Where the header section is judged; nil once it was, and where nobody judges it. Until then it waits in the piece.
    private var judge: HeaderJudge?
    /// Why the header section is refused.
    private(set) var refusal: Reply?

    /// Content that goes into this writer behind these trace fields.
    /// - Parameter earlier: what it may be a repetition of.
    init(
        _ queueID: QueueID, below trace: Octets, reader: ContentReader, writer: any ContentWriter,
        earlier: UnheardMessage? = nil, judge: HeaderJudge? = nil
    ) {
        (self.queueID, self.reader, self.writer, piece) = (queueID, reader, writer, trace)
        (traceOctets, traceLeft) = (trace.count, trace.count)
        repetition = earlier.map(RepetitionCheck.init)
        self.judge = judge
    }

    /// The message that this content is a repetition of; known once it is finished.
    var repeated: UnheardMessage? { repetition.flatMap { $0.isRepetition ? $0.earlier : nil } }

    /// Room in the piece; at least one octet after `passOn`. A header section that is to be judged may take as much as its
    /// limit allows: beyond it the reader keeps nothing.
    var room: Int { judge == nil ? max(0, Self.pieceOctets - piece.count) : Self.pieceOctets }

    /// Takes in what is buffered, at most `limit` octets of it. Returns how many it consumed.
    mutating func take(from connection: any Connection, atMost limit: Int) -> Int {
        let most = min(limit, room, connection.bufferedCount)
        guard most > 0 else { return 0 }
        let taken = connection.withBuffered { buffer in
            reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<most]), into: &piece)
        }
        connection.consume(taken)
        return taken
    }

    /// Hands the piece to the writer when it is full, or in any case.
    mutating func passOn(evenIfPartial: Bool = false) async {
        if judge != nil {
            guard !reader.inHeader || evenIfPartial else { return }
            await judgeHeader()
        }
        guard room == 0 || evenIfPartial && !piece.isEmpty else { return }
        if reader.fault == nil, failure == nil, refusal == nil {
            if repetition != nil { await repetition?.compare(piece.dropFirst(traceLeft)) }
            traceLeft = 0
            do { try await writer.append(piece) } catch { fail(error) }
        }
        piece.removeAll(keepingCapacity: true)
    }

    /// Puts what the judge says in place of the header section.
    private mutating func judgeHeader() async {
        guard let judge else { return }
        self.judge = nil
        guard reader.fault == nil, failure == nil else { return }
        let content = Octets(piece[traceOctets...])
        // Found as the reader finds it: the first empty line is the end, whatever the fields look like.
        let end = reader.inHeader ? content.count : content.count - reader.bodyOctets
        do {
            let answer = try await judge.judge(Octets(content[..<end]))
            guard answer.refusal == nil, case .octets(let header) = answer.header else {
                refusal = answer.refusal
                reader.isKept = false
                return writer.discard()
            }
            piece.replaceSubrange(traceOctets..<(traceOctets + end), with: header)
        } catch {
            fail(error)
        }
    }

    /// Ends the content. Nil when it was refused or the store failed: see `reader.fault` and `failure`.
    mutating func finish() async -> StagedContent? {
        reader.end()
        await passOn(evenIfPartial: true)
        guard reader.fault == nil, failure == nil, refusal == nil else {
            discard()
            return nil
        }
        do {
            return try await writer.finish()
        } catch {
            fail(error)
            return nil
        }
    }

    /// Forgets the content.
    func discard() { writer.discard() }

    private mutating func fail(_ error: any Error) {
        failure = error
        reader.isKept = false
        writer.discard()
    }
}
