// swift-tools-version: 6.2
// The table of contents: one line per module in dependency order. A wrong import does not build.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Debian library, wrapped once.
func library(_ name: String, pkgConfig: String? = nil, _ packages: String...) -> Target {
    .systemLibrary(
        name: name, path: "Runtime/\(name)", pkgConfig: pkgConfig, providers: packages.isEmpty ? nil : [.apt(packages)])
}

/// A part of the runtime.
func part(
    _ name: String, _ dependencies: [Target.Dependency], readme: Bool = true, resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Runtime/\(name)", exclude: readme ? ["README.md"] : [],
        resources: resources, swiftSettings: settings)
}

/// C of our own: only what has to run between fork and exec, where Swift cannot.
func cPart(_ name: String) -> Target {
    .target(
        name: name, path: "Runtime/\(name)", cSettings: [.unsafeFlags(["-std=gnu17", "-Wall", "-Wextra", "-Werror"])])
}

/// A capability: it knows events, outcomes and store protocols, never a socket, a SQL statement or another capability.
func capability(_ name: String, also: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: ["FunctionRuntime", "MailTypes", "MessageFormat"] + also, path: "Functions/\(name)",
        exclude: ["README.md"], swiftSettings: settings)
}

/// The tests of one module. Tests mirror Functions/ and Runtime/.
func tests(_ name: String, in folder: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target
{
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(folder)/\(name)Tests", resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "mailroom",
    products: [.executable(name: "mailroom", targets: ["Mailroom"])],
    targets: [
        // System libraries
        library("CLinux"),
        library("CSQLite", pkgConfig: "sqlite3", "libsqlite3-dev"),
        library("COpenSSL", pkgConfig: "openssl", "libssl-dev"),
        library("CSodium", pkgConfig: "libsodium", "libsodium-dev"),
        library("CJemalloc", pkgConfig: "jemalloc", "libjemalloc-dev"),
        library("CYAML", pkgConfig: "yaml-0.1", "libyaml-dev"),
        library("CXML2", pkgConfig: "libxml-2.0", "libxml2-dev"),
        library("CUnbound"),  // its .pc file asks for libevent's, which nothing here needs
        library("CCurl", pkgConfig: "libcurl", "libcurl4-openssl-dev"),

        library("CIDN2", pkgConfig: "libidn2", "libidn2-dev"),
        library("CArchive", pkgConfig: "libarchive", "libarchive-dev"),
        cPart("CLauncher"),

        // Runtime: values first, then the surface a handler sees, then the parts that do I/O
        part("MailTypes", ["CIDN2"]),
        part("MessageFormat", ["MailTypes"]),
        part("MailPolicy", ["MailTypes", "MessageFormat"]),
        part("FunctionRuntime", ["MailTypes", "MessageFormat", "MailPolicy"]),
        part("Cryptography", ["MailTypes", "FunctionRuntime", "COpenSSL", "CSodium"]),
        part("XML", ["CXML2"]),
        part("Templates", ["FunctionRuntime", "MailTypes", "CYAML"]),
        part("SMTP", ["FunctionRuntime", "MailTypes", "MessageFormat"]),
        part("IMAP", ["FunctionRuntime", "MailTypes", "MessageFormat"]),
        part("HTTP", ["FunctionRuntime", "MailTypes", "Cryptography"]),
        part(
            "Stores",
            ["FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy", "Cryptography", "CSQLite", "CLinux"]),
        part("MemoryStores", ["FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy"]),
        part("Transport", ["FunctionRuntime", "MailTypes", "Cryptography", "COpenSSL", "CUnbound", "CLinux"]),
        part("AWSWire", ["FunctionRuntime", "MailTypes", "XML"]),
        part("Archives", ["MailTypes", "CArchive"]),
        part(
            "LambdaHost",
            [
                "FunctionRuntime", "MailTypes", "Cryptography", "HTTP", "Transport", "Archives", "CLinux", "CLauncher",
            ],
            resources: ["bootstrap.py", "mailroom_parent.py", "bootstrap.mjs", "aws-sdk.cjs"].map {
                .embedInCode("Resources/\($0)")
            }),

        // Functions: what the system does
        capability("MXReceive"),
        capability("Submission", also: ["MailPolicy"]),
        capability("RuleEvaluation", also: ["MailPolicy"]),
        capability("Delivery", also: ["MailPolicy"]),
        capability("Relay"),
        capability("Journaling", also: ["MailPolicy"]),
        capability("MessageFlow"),
        capability("Stacks", also: ["AWSWire", "MailPolicy", "Templates"]),
        capability("AutoDiscover", also: ["XML"]),
        capability("Mailbox"),
        capability("Directory", also: ["MailPolicy", "AWSWire"]),
        capability("Housekeeping"),
        capability("Objects", also: ["MailPolicy", "XML", "Cryptography"]),
        capability("SecurityTokens", also: ["MailPolicy", "AWSWire"]),
        capability("Secrets", also: ["AWSWire"]),
        capability("Parameters", also: ["AWSWire"]),
        capability("EmailSending", also: ["AWSWire"]),
        capability("FunctionMetrics", also: ["AWSWire", "Cryptography"]),
        capability("FunctionLogs", also: ["AWSWire"]),
        capability("Lambda", also: ["MailPolicy"]),
        capability("APIGateway", also: ["HTTP", "MailPolicy"]),

        // The executable sees them all
        .executableTarget(
            name: "Mailroom",
            dependencies: [
                "MailTypes", "MessageFormat", "MailPolicy", "FunctionRuntime", "Cryptography", "Templates", "SMTP",
                "IMAP", "HTTP", "Stores", "Transport", "LambdaHost", "Archives", "CCurl", "CLinux", "CLauncher",
                "CJemalloc",
                "MXReceive", "Submission", "RuleEvaluation", "Delivery", "Relay", "Journaling", "MessageFlow",
                "AutoDiscover",
                "Mailbox",
                "Stacks",
                "Directory", "Housekeeping", "Objects", "AWSWire", "SecurityTokens", "Secrets", "Parameters",
                "EmailSending", "FunctionMetrics", "FunctionLogs", "Lambda", "APIGateway",
            ],
            path: "Runtime/Mailroom", exclude: ["README.md"], swiftSettings: settings),

        // Benchmarks that need no server; `make bench` runs them
        .executableTarget(
            name: "DispatchBench", dependencies: ["FunctionRuntime", "MailTypes", "Cryptography", "Transport"],
            path: "Tests/Bench/Dispatch", swiftSettings: settings),
        .executableTarget(
            name: "HostBench",
            dependencies: [
                "LambdaHost", "Stores", "FunctionRuntime", "MailTypes", "Cryptography", "Transport", "Archives",
                "CJemalloc",
            ],
            path: "Tests/Bench/Host", swiftSettings: settings),

        // Tests
        tests("MailTypes", in: "Runtime", ["MailTypes"]),
        tests("MessageFormat", in: "Runtime", ["MessageFormat", "MailTypes"]),
        tests("MailPolicy", in: "Runtime", ["MailPolicy", "MailTypes", "MessageFormat"]),
        tests("FunctionRuntime", in: "Runtime", ["FunctionRuntime", "MailPolicy", "MailTypes", "MemoryStores"]),
        tests("Cryptography", in: "Runtime", ["Cryptography", "FunctionRuntime", "MailTypes", "COpenSSL"]),
        tests("XML", in: "Runtime", ["XML"]),
        tests("AWSWire", in: "Runtime", ["AWSWire", "FunctionRuntime", "MailTypes"]),
        tests("Templates", in: "Runtime", ["Templates", "FunctionRuntime", "MailTypes"]),
        tests(
            "SMTP", in: "Runtime",
            ["SMTP", "FunctionRuntime", "MailTypes", "MessageFormat", "Transport", "Cryptography"]),
        tests(
            "IMAP", in: "Runtime", ["IMAP", "Mailbox", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat"]),
        tests("HTTP", in: "Runtime", ["HTTP", "FunctionRuntime", "MailTypes", "Cryptography"]),
        tests(
            "Stores", in: "Runtime",
            ["Stores", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy", "Cryptography"]),
        tests(
            "Transport", in: "Runtime",
            ["Transport", "FunctionRuntime", "MailTypes", "Cryptography", "COpenSSL", "CLinux"]),
        tests("Archives", in: "Runtime", ["Archives", "MailTypes"]),
        tests(
            "LambdaHost", in: "Runtime",
            [
                "LambdaHost", "CLauncher", "Archives", "MemoryStores", "FunctionRuntime", "MailTypes", "Transport",
                "Cryptography",
            ]),
        tests(
            "Stacks", in: "Functions",
            ["Stacks", "Templates", "MemoryStores", "FunctionRuntime", "MailTypes", "MailPolicy"]),
        tests(
            "Submission", in: "Functions", ["Submission", "MemoryStores", "FunctionRuntime", "MailTypes"]),
        tests(
            "MXReceive", in: "Functions",
            ["MXReceive", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat"]),
        tests(
            "RuleEvaluation", in: "Functions",
            ["RuleEvaluation", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy"]),
        tests(
            "Delivery", in: "Functions",
            ["Delivery", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy"]),
        tests(
            "Relay", in: "Functions", ["Relay", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat"]),
        tests(
            "Journaling", in: "Functions",
            ["Journaling", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat", "MailPolicy"]),
        tests(
            "MessageFlow", in: "Functions",
            ["MessageFlow", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat"]),
        tests(
            "AutoDiscover", in: "Functions", ["AutoDiscover", "XML", "MemoryStores", "FunctionRuntime", "MailTypes"]),
        tests(
            "Mailbox", in: "Functions", ["Mailbox", "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat"]),
        tests(
            "Directory", in: "Functions", ["Directory", "MemoryStores", "FunctionRuntime", "MailTypes", "MailPolicy"]),
        tests(
            "Objects", in: "Functions",
            ["Objects", "MemoryStores", "FunctionRuntime", "MailPolicy", "MailTypes", "Cryptography", "XML"]),
        tests(
            "Services", in: "Functions",
            [
                "SecurityTokens", "Secrets", "Parameters", "EmailSending", "FunctionMetrics", "FunctionLogs", "AWSWire",
                "MemoryStores", "FunctionRuntime", "MailTypes", "MessageFormat",
            ]),
        tests("Housekeeping", in: "Functions", ["Housekeeping", "MemoryStores", "FunctionRuntime", "MailTypes"]),
        tests("APIGateway", in: "Functions", ["APIGateway", "MemoryStores", "FunctionRuntime", "MailTypes"]),
        tests("Lambda", in: "Functions", ["Lambda", "MemoryStores", "FunctionRuntime", "MailTypes", "MailPolicy"]),
    ]
)
