import FunctionRuntime
import MailTypes

extension SecretPart {
    /// The secret's value: the template's, or one made as it says.
    func text(_ random: any RandomSource) -> String {
        if let value { return value }
        let generation = generation ?? Generation()
        // A plan with rules that leave nothing is refused, so there always is one.
        let secret = generation.password(random) ?? ""
        guard let template = generation.template, let key = generation.key,
            var object = (try? JSONValue(parsing: Octets(text: template)))?.object
        else { return secret }
        object[key] = .string(secret)
        return JSONValue.object(object).octets.text
    }
}
