import Cryptography
import FunctionRuntime
import MailTypes
import Stacks

extension API {
    /// Leaves a built zip where a deploy finds it; one that is there already is not sent again.
    func upload(_ product: Builder.Product, of logicalID: String) throws(Refusal) {
        let path = "/\(Stacks.artifacts)/\(Stacks.artifactKey(product.digest))"
        if try send("HEAD", path, service: "s3").status == 200 { return }
        let octets = try File.read(product.file)
        Output.complain("uploading \(logicalID): \((octets.count + 1023) / 1024) KiB")
        var answer = try send("PUT", path, service: "s3", headers: ["Content-Type": "application/zip"], body: octets)
        if answer.status == 404 {
            // The first upload of a system finds no bucket yet.
            answer = try send("PUT", "/\(Stacks.artifacts)", service: "s3")
            guard answer.status == 200 || answer.status == 409 else {
                throw Self.refusal(answer, "bucket \(Stacks.artifacts)")
            }
            answer = try send("PUT", path, service: "s3", headers: ["Content-Type": "application/zip"], body: octets)
        }
        guard answer.status == 200 else { throw Self.refusal(answer, logicalID) }
    }

    private static func refusal(_ answer: CurlTransfer.Result, _ what: String) -> Refusal {
        .failed(
            "\(what) could not be stored: HTTP \(answer.status) \(answer.body.text.prefix(300))",
            next: "see: mailroom check")
    }
}
