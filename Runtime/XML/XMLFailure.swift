/// Why a document is not read.
public enum XMLFailure: Error, Sendable, Hashable {
    /// Not well-formed; the line where that was noticed.
    case malformed(line: Int)
    /// It has a document type declaration, or another `<!…>` where markup belongs. None is ever read: entities that
    /// multiply or name files live there (reference/faults.md F59).
    case documentType
    /// It declares, or is, something else than UTF-8.
    case encoding
    /// More octets than its reader takes.
    case tooLarge
    case tooDeep
    case tooManyElements
    /// More on one element than its reader takes, namespace declarations included.
    case tooManyAttributes
}
