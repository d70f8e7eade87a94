/// A place in a template, as editors count.
public struct SourcePosition: Sendable, Hashable, Comparable, Codable {
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int

    /// A place of these numbers.
    public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    /// Where a template starts.
    public static let start = SourcePosition(line: 1, column: 1)

    public static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
}
