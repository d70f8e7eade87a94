import FoundationEssentials
import FunctionRuntime
import MailTypes
import Templates
import Testing

/// Loads a template that is in order.
func load(
    _ yaml: String, parameters: [String: String] = [:], pseudo: PseudoParameters = .init(), handlers: [String]? = nil
)
    throws -> Template
{
    try Template.load(Octets(text: yaml), file: "t.yaml", parameters: parameters, pseudo: pseudo, handlers: handlers)
}

/// The problems of a template that is not.
func problems(_ yaml: String, parameters: [String: String] = [:], handlers: [String]? = nil) -> [String] {
    do throws(TemplateProblems) {
        _ = try Template.load(Octets(text: yaml), file: "t.yaml", parameters: parameters, handlers: handlers)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// What a value in a template resolves to, as JSON.
func resolved(
    _ value: String, sections: String = "", parameters: [String: String] = [:], pseudo: PseudoParameters = .init()
)
    throws -> String
{
    let template = try load(
        """
        \(sections)
        Resources:
          Thing:
            Type: Test::Thing::Kind
            Properties:
              Value: \(value)
              Other: x
        """, parameters: parameters, pseudo: pseudo)
    return template.resources.last?.properties["Value"]?.json.text ?? "nothing"
}

/// The file of the standard template.
let standardTemplate: Octets = {
    var path = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    path.removeLast(4)
    path += ["templates", "mailroom.yaml"]
    return (FileManager.default.contents(atPath: path.joined(separator: "/"))).map(Octets.init) ?? []
}()
