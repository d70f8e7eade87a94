import Glibc
import MailTypes

/// Standard output and standard error, written at once: nothing is lost when the process is killed.
enum Output {
    /// A line on standard output.
    static func print(_ line: String) { write(Octets(text: line + "\n"), to: STDOUT_FILENO) }
    /// A line on standard error.
    static func complain(_ line: String) { write(Octets(text: line + "\n"), to: STDERR_FILENO) }
    /// Octets on standard output.
    static func write(_ octets: Octets) { write(octets, to: STDOUT_FILENO) }

    static func write(_ octets: Octets, to descriptor: Int32) {
        octets.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
                if count < 0, errno != EINTR { return }
                sent += max(0, count)
            }
        }
    }

    /// Rows under headings, columns as wide as they need to be.
    static func table(_ headings: [String], _ rows: [[String]]) {
        let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [headings] + rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            print(line)
        }
    }
}
