import CCurl
import MailTypes

/// One transfer of libcurl: a request with everything in memory. For the command line, where one call is made and
/// waited for; the server never uses it on a loop.
final class CurlTransfer {
    /// What came back.
    struct Result {
        var status: Int
        var headers: [String]
        var body: Octets
    }

    private let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>?] = []
    private var upload: Octets = []
    private var uploaded = 0
    private var headers: [String] = []
    private var body: Octets = []

    /// A transfer to this URL.
    init(url: String, timeoutSeconds: Int) throws(Refusal) {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        guard let handle = curl_easy_init() else { throw .failed("libcurl did not start", next: "check memory") }
        self.handle = handle
        ccurl_set_text(handle, CURLOPT_URL, url)
        ccurl_set_number(handle, CURLOPT_TIMEOUT, timeoutSeconds)
        ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, 10)
        ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        // A system on loopback is never behind a proxy, and its keys must not travel to one.
        ccurl_set_text(handle, CURLOPT_PROXY, "")
    }

    deinit {
        for list in lists { curl_slist_free_all(list) }
        curl_easy_cleanup(handle)
    }

    func set(_ option: CURLoption, _ text: String) { ccurl_set_text(handle, option, text) }
    func set(_ option: CURLoption, _ number: Int) { ccurl_set_number(handle, option, number) }

    /// Sets an option that takes a list of texts.
    func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        lists.append(list)
        ccurl_set_list(handle, option, list)
    }

    /// Octets to send, read as libcurl asks for them.
    func setUpload(_ octets: Octets) {
        upload = octets
        ccurl_set_number(handle, CURLOPT_UPLOAD, 1)
        ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(octets.count))
    }

    /// Octets of a POST.
    func setPost(_ octets: Octets) {
        upload = octets
        ccurl_set_number(handle, CURLOPT_POST, 1)
        ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(octets.count))
    }

    /// Runs it. Refuses with libcurl's own words when nothing came back.
    func perform() throws(Refusal) -> Result {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_set_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            CurlTransfer.of(context)?.body += CurlTransfer.octets(data, size * count)
            return size * count
        }
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_set_callback(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            CurlTransfer.of(context)?.headers.append(CurlTransfer.octets(data, size * count).text)
            return size * count
        }
        ccurl_set_pointer(handle, CURLOPT_READDATA, context)
        ccurl_set_callback(handle, CURLOPT_READFUNCTION) { data, size, count, context in
            CurlTransfer.of(context)?.give(data, size * count) ?? 0
        }
        let code = curl_easy_perform(handle)
        let result = Result(status: ccurl_status(handle), headers: headers, body: body)
        guard code == CURLE_OK || !headers.isEmpty && result.status >= 400 else {
            throw .failed(String(cString: curl_easy_strerror(code)), next: "is the system running? see: mailroom check")
        }
        return result
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func octets(_ data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Octets {
        data.map { Octets(UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
    }

    private func give(_ place: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
        guard let place else { return 0 }
        let count = min(room, upload.count - uploaded)
        upload.withUnsafeBytes { buffer in
            guard count > 0, let start = buffer.baseAddress else { return }
            UnsafeMutableRawPointer(place).copyMemory(from: start + uploaded, byteCount: count)
        }
        uploaded += count
        return count
    }
}
