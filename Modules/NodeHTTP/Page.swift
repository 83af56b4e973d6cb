import Hummingbird

/// The page that a node serves: its graph to look at, complete in itself.
enum Page {
    private struct File {
        let path: RouterPath
        let type: String
        let bytes: [UInt8]
    }

    private static let files = [
        File(path: "/", type: "text/html; charset=utf-8", bytes: PackageResources.page_html),
        File(path: "/page.css", type: "text/css; charset=utf-8", bytes: PackageResources.page_css),
        File(path: "/page.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js),
        File(path: "/pane.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.pane_js),
        File(path: "/graph.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.graph_js),
    ]

    /// Nothing comes from other hosts but what other nodes on this machine tell of themselves.
    private static let policy =
        "default-src 'self'; connect-src 'self' http://127.0.0.1:* http://localhost:*; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func addRoutes(to router: Router<BasicRequestContext>) {
        for file in files {
            router.get(file.path) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: file.type, .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff",
                        .cacheControl: "no-cache",
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes))
                )
            }
        }
    }
}
