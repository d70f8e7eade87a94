import FunctionRuntime
import MailPolicy
import MailTypes
import Testing

@testable import Stacks

@Suite struct PolicyTemplateTests {
    @Test func `every name that SAM knows is known`() {
        #expect(PolicyTemplates.names.count == 80)
        #expect(Set(PolicyTemplates.parameters.keys).isSubset(of: PolicyTemplates.names))
    }

    @Test func `what becomes statements is a policy that can be evaluated`() throws {
        var count = 0
        for name in PolicyTemplates.names.sorted() {
            let values = [
                "BucketName": "box", "SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:s",
                "ParameterName": "/app/key", "IdentityName": "acme.example", "FunctionName": "f", "LogGroupName": "g",
            ]
            guard let text = PolicyTemplates.statements(name, values, region: "us-east-1", account: "000000000000")
            else {
                continue
            }
            count += 1
            _ = try PolicyDocument(parsing: Octets(text: text))
        }
        #expect(count == 15)
        let parameter = PolicyTemplates.statements(
            "SSMParameterReadPolicy", ["ParameterName": "/app/key"], region: "us-east-1", account: "000000000000")
        #expect(parameter?.contains("arn:aws:ssm:us-east-1:000000000000:parameter/app/key") == true)
    }
}
