import COpenSSL
import FunctionRuntime
import Glibc
import MailTypes

/// The certificates a server shows at one time, found by name. Never changed: a reload makes a new one.
final class TLSCertificates: Sendable {
    /// Shown to clients that ask for no name or one we do not have: the first certificate.
    let standard: TLSContext
    private let byName: [String: TLSContext]
    private let applicationProtocols: Octets
    /// When the first of them runs out.
    let validUntil: Timestamp

    /// Reads every source.
    ///
    /// - Parameter applicationProtocols: in the order of our preference. A client that offers others only is refused
    ///   (RFC 7301 §3.2), one that offers none is welcome; with none configured nobody is asked.
    init(_ sources: [TLSCertificateSource], applicationProtocols: [String]) throws(TLSFailure) {
        var contexts: [(names: [String], context: TLSContext)] = []
        var byName: [String: TLSContext] = [:]
        var end = Timestamp(milliseconds: .max)
        for source in sources {
            let identity = try TLSIdentity.load(source)
            defer { identity.release() }
            end = min(end, identity.validUntil)
            // Two certificates for the same names differ in key type: one context shows whichever the client can read.
            let names = identity.names.sorted()
            if let twin = contexts.first(where: { $0.names == names && !names.isEmpty }) {
                try identity.install(in: twin.context)
                continue
            }
            let context = try TLSContext.server()
            try identity.install(in: context)
            contexts.append((names, context))
            for name in names where byName[name] == nil { byName[name] = context }
        }
        guard let first = contexts.first else { throw TLSFailure("TLS needs at least one certificate.") }
        standard = first.context
        self.byName = byName
        self.applicationProtocols = applicationProtocols.flatMap { [UInt8(clamping: $0.utf8.count)] + Octets($0.utf8) }
        validUntil = end
        for (_, context) in contexts { prepareCallbacks(context) }
    }

    private func prepareCallbacks(_ context: TLSContext) {
        // Not retained: a TLSChannel keeps us for as long as its session may call back.
        let me = Unmanaged.passUnretained(self).toOpaque()
        copenssl_on_server_name(
            context.pointer,
            { session, _, me in
                guard let me, let session else { return SSL_TLSEXT_ERR_NOACK }
                return Unmanaged<TLSCertificates>.fromOpaque(me).takeUnretainedValue().choose(for: session)
            }, me)
        guard !applicationProtocols.isEmpty else { return }
        SSL_CTX_set_alpn_select_cb(
            context.pointer,
            { _, chosen, chosenLength, offered, offeredLength, me in
                guard let me, let chosen, let chosenLength, let offered else { return SSL_TLSEXT_ERR_NOACK }
                let ours = Unmanaged<TLSCertificates>.fromOpaque(me).takeUnretainedValue().applicationProtocols
                // The choice points into what the client offered, because it outlives this call and our array's pointer does not.
                let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                guard let choice = TLSCertificates.choose(from: list, ours) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                chosen.pointee = offered + choice.lowerBound
                chosenLength.pointee = UInt8(choice.count)
                return SSL_TLSEXT_ERR_OK
            }, me)
    }

    /// The first of ours that is among those offered, as a place in the offer. Both are lists of length and name.
    static func choose(from offered: UnsafeBufferPointer<UInt8>, _ ours: Octets) -> Range<Int>? {
        var mine = 0
        while mine < ours.count {
            let wanted = ours[(mine + 1)..<min(ours.count, mine + 1 + Int(ours[mine]))]
            var theirs = 0
            while theirs < offered.count {
                let end = theirs + 1 + Int(offered[theirs])
                guard end <= offered.count else { return nil }
                if offered[(theirs + 1)..<end].elementsEqual(wanted) { return theirs + 1..<end }
                theirs = end
            }
            mine += 1 + Int(ours[mine])
        }
        return nil
    }

    private func choose(for session: OpaquePointer) -> Int32 {
        guard let text = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else { return SSL_TLSEXT_ERR_NOACK }
        guard let context = context(for: String(cString: text)) else { return SSL_TLSEXT_ERR_NOACK }
        if context !== standard { SSL_set_SSL_CTX(session, context.pointer) }
        return SSL_TLSEXT_ERR_OK
    }

    /// The context whose certificate names this host, itself or by a wildcard for its first label (RFC 9525 §6.3).
    func context(for host: String) -> TLSContext? {
        let host = host.asciiLowercased
        if let exact = byName[host] { return exact }
        guard let dot = host.firstIndex(of: ".") else { return nil }
        return byName["*" + host[dot...]]
    }
}
