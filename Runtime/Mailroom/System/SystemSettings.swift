import MailTypes

/// What the command line decides before a template is read.
struct SystemSettings: Sendable {
    /// The data directory.
    let directory: String
    /// The name we greet with, and that certificates carry.
    let hostname: String
    let ports: Ports
    /// True for `dev`: demo organization, own certificates, passwords without TLS on loopback.
    let isDevelopment: Bool
    let account = "000000000000"
    let region: String
    /// Folders whose templates are deployed at each change of a file (`dev --watch`).
    let watched: [String]
}
