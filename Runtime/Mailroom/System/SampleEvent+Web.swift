import FunctionRuntime
import MailTypes

/// What HTTP routes and authorizers give to users' functions (reference/functions.md §5.3).
extension SampleEvent {
    static let web: [SampleEvent] = [
        SampleEvent(type: "http-v1", function: anyFunction, summary: "a request, payload format 1.0 (Api)") { card in
            [
                "resource": "/hello/{name}", "path": "/hello/world", "httpMethod": "GET",
                "headers": ["Accept": "*/*", "Host": "localhost"],
                "multiValueHeaders": ["Accept": ["*/*"], "Host": ["localhost"]],
                "queryStringParameters": ["a": "1"], "multiValueQueryStringParameters": ["a": ["1"]],
                "pathParameters": ["name": "world"], "stageVariables": nil,
                "requestContext": [
                    "accountId": .string(account(card)), "apiId": "0123456789", "httpMethod": "GET",
                    "path": "/prod/hello/world", "protocol": "HTTP/1.1",
                    "requestId": "00000000-0000-0000-0000-000000000000", "resourcePath": "/hello/{name}",
                    "stage": "prod", "identity": ["sourceIp": "127.0.0.1", "userAgent": "curl/8.0"],
                ],
                "body": nil, "isBase64Encoded": false,
            ]
        },
        SampleEvent(
            type: "http-v2", function: anyFunction, summary: "a request, payload format 2.0 (HttpApi, function URL)"
        ) { card in
            [
                "version": "2.0", "routeKey": "GET /hello/{name}", "rawPath": "/hello/world", "rawQueryString": "a=1",
                "cookies": ["c=1"], "headers": ["accept": "*/*", "host": "localhost"],
                "queryStringParameters": ["a": "1"], "pathParameters": ["name": "world"],
                "requestContext": context(card), "isBase64Encoded": false,
            ]
        },
        SampleEvent(type: "authorizer", function: anyFunction, summary: "a request to be allowed or not") { card in
            [
                "version": "2.0", "type": "REQUEST",
                "routeArn": .string(
                    "arn:aws:execute-api:\(region(card)):\(account(card)):0123456789/$default/GET/hello/world"),
                "identitySource": ["Bearer token"], "routeKey": "GET /hello/{name}", "rawPath": "/hello/world",
                "rawQueryString": "", "cookies": [], "headers": ["authorization": "Bearer token", "host": "localhost"],
                "queryStringParameters": [:], "requestContext": context(card), "pathParameters": ["name": "world"],
                "stageVariables": [:],
            ]
        },
    ]

    private static func context(_ card: Card?) -> JSONValue {
        [
            "accountId": .string(account(card)), "apiId": "0123456789", "domainName": "localhost",
            "http": [
                "method": "GET", "path": "/hello/world", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.0",
            ],
            "requestId": "00000000-0000-0000-0000-000000000000", "routeKey": "GET /hello/{name}",
            "stage": "$default", "time": "20/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_168_800_000,
        ]
    }
}
