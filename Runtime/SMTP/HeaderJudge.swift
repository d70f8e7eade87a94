import FunctionRuntime
import MailTypes

/// Who says what shall stand in place of a message's header section, before anything of it is stored.
struct HeaderJudge {
    let intake: any SMTPIntake
    let session: SMTPSession
    let envelope: Envelope

    /// The intake's word on a header section.
    func judge(_ header: Octets) async throws -> SMTPHeaderAnswer {
        try await intake.header(SMTPHeader(session: session, envelope: envelope, header: header))
    }
}
