import MailTypes

/// What keeps a message from being well-formed MIME. Reading goes on past it; only what wants to change a message is
/// told (reference/email-flow.md §7.2).
enum StructureDefect: Sendable, Hashable {
    /// A line of a header section that is no field.
    case malformedField
    /// A multipart without a boundary, or with one that is too long.
    case boundaryMissing
    /// A multipart in which no part starts.
    case partsMissing
    /// A multipart whose closing boundary never comes.
    case endMissing
    case tooDeep
    case tooManyParts

    /// The defect as whoever wrote the content is told.
    var sentence: String {
        switch self {
        case .malformedField: "A line of a header section is not a header field."
        case .boundaryMissing: "A multipart has no usable boundary."
        case .partsMissing: "A multipart has no parts."
        case .endMissing: "A multipart is not ended by its closing boundary."
        case .tooDeep: "The parts are nested too deep."
        case .tooManyParts: "There are too many parts."
        }
    }
}
