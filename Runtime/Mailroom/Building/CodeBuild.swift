import Archives
import Cryptography
import FunctionRuntime
import Glibc
import MailTypes

/// One thing to build, as the system says it when it has looked at a template.
struct CodeBuild: Sendable {
    let logicalID: String
    let isLayer: Bool
    /// Folder or zip.
    let path: String
    /// `python3.12`; empty for a layer.
    let runtime: String
    /// `python3.12`, `nodejs22.x`, `makefile`; `none` takes the code as it is; empty when the template says nothing.
    let method: String

    /// A build of `{"LogicalId","Kind","Path","Runtime","BuildMethod"}`, its path beside the template.
    init(_ json: JSONValue, beside template: String) {
        logicalID = json["LogicalId"]?.string ?? ""
        isLayer = json["Kind"]?.string == "layer"
        runtime = json["Runtime"]?.string ?? ""
        method = json["BuildMethod"]?.string ?? ""
        path = Self.path(json["Path"]?.string ?? ".", beside: template)
    }

    /// A layer that stands for one of another account.
    init(layer arn: String, path: String) {
        (logicalID, isLayer, self.path, runtime, method) = (arn, true, path, "", "")
    }

    private static func path(_ path: String, beside template: String) -> String {
        if path.hasPrefix("/") { return path }
        let folder = template.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let start = template.hasPrefix("/") && folder.isEmpty ? "/" : folder.isEmpty ? "." : folder
        // `src/` and `./src` are the usual ways to write a folder; in lines for people they are the same.
        let plain = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
        return "\(start)/\(plain.hasSuffix("/") ? plain.dropLast() : plain)"
    }

    /// What has to be fetched or made before the files are code.
    enum Step: Sendable, Equatable {
        case none
        /// `pip install -r requirements.txt`, into this folder of the zip ("" for its root).
        case pip(into: String)
        /// `npm install`, into this folder of the zip.
        case npm(into: String)
        /// `make build-ID`, which leaves everything in ARTIFACTS_DIR.
        case make
    }

    /// What to do with the folder (reference/functions.md §3.2 "Building").
    var step: Step {
        if method == "makefile" { return .make }
        if method == "none" { return .none }
        func has(_ name: String) -> Bool { File.exists("\(path)/\(name)") }
        if isLayer {
            // A layer that is laid out already is taken as it is.
            if method.hasPrefix("python"), has("requirements.txt"), !has("python") { return .pip(into: "python") }
            if method.hasPrefix("nodejs"), has("package.json"), !has("nodejs") { return .npm(into: "nodejs") }
            return .none
        }
        if runtime.hasPrefix("python"), has("requirements.txt") { return .pip(into: "") }
        if runtime.hasPrefix("nodejs"), has("package.json"), !has("node_modules") { return .npm(into: "") }
        return .none
    }

    /// Where the files themselves go: beside what was installed, as `sam build` lays out a layer.
    func sourceFolder(of step: Step) -> String {
        switch step {
        case .pip(let folder): folder
        case .npm(let folder): folder
        case .none, .make: ""
        }
    }

    /// What the interpreter is called that packages are installed for.
    var python: String {
        (method.hasPrefix("python") ? method : runtime).hasPrefix("python") ? (isLayer ? method : runtime) : "python3"
    }
}
