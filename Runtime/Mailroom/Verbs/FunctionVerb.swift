import Glibc
import MailTypes

extension Verb {
    static let function = Verb(
        "function", "new NAME", "makes a folder with a function to start from: template, code, test event",
        options: [.value("runtime", "NAME", "python, node or swift (default python)")],
        example: "mailroom function new hello --runtime python && mailroom deploy hello/template.yaml"
    ) { arguments in
        guard try arguments.operand(0, "new") == "new" else {
            throw Refusal.usage("function has only new", hint: "mailroom function new hello --runtime python")
        }
        let name = try arguments.operand(1, "the function's name")
        let octets = Octets(text: name)
        guard let first = octets.first, first.isASCIILetter, octets.count <= 40,
            octets.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D })
        else {
            throw Refusal.usage(
                "\(name) is no name for a function", hint: "a letter, then letters, digits and dashes, 40 at most")
        }
        let runtime = arguments["runtime"] ?? "python"
        guard ["python", "node", "swift"].contains(runtime) else {
            throw Refusal.usage("no runtime \(runtime) to start from", hint: "python, node or swift")
        }
        guard !File.exists(name) else { throw Refusal.failed("\(name) is there already", next: "give another name") }
        let source = try InstalledFiles.path(of: "functions/hello-world-\(runtime)", nameItWith: "a copy of templates/")
        let tree = try SourceTree(source)
        var files = tree.entries.map { (path: $0.path, source: "\(source)/\($0.path)", isProgram: $0.isExecutable) }
        if runtime == "python" {
            // What the test leans on, which all ready functions share.
            let standIns = try InstalledFiles.path(of: "functions/standins.py", nameItWith: "a copy of templates/")
            files.append(("standins.py", standIns, false))
        }
        for file in files {
            let path = "\(name)/\(file.path)"
            try File.makeDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
            let content = try File.read(file.source).text
            try File.write(Octets(text: named(name, content, "hello-world-\(runtime)")), to: path)
            chmod(path, file.isProgram ? 0o755 : 0o644)
        }
        Output.print("made \(name)/ with \(files.map(\.path).joined(separator: ", "))")
        Output.print("next: mailroom deploy \(name)/template.yaml")
        return 0
    }

    /// The hello-world's names become the function's: `HelloFunction` of `my-filter` is `MyFilterFunction`.
    private static func named(_ name: String, _ content: String, _ original: String) -> String {
        let words = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let logical = words.joined()
        return content.replacing("hello/HelloFunction", with: "\(name)/\(logical)Function")
            .replacing("HelloFunction", with: "\(logical)Function")
            .replacing("HelloPermission", with: "\(logical)Permission")
            .replacing("templates/functions/\(original)", with: name)
            .replacing("--stack hello", with: "--stack \(name)").replacing("--name hello", with: "--name \(name)")
            .replacing("parents[1]", with: "parent").replacing(original, with: name)
    }
}
