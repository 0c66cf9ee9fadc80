"""cut_server.py - a server of files whose connections are cut in the middle

    cut_server.py FOLDER LOG

Prints its port.  Of each file, the first answer ends in the middle, the second,
if the file's name begins with "slow", before its first byte, and those after it
are whole; all begin where the request's Range says.  A line for each request
goes to LOG: path, tab, Range or "-".
"""
import http.server
import os
import re
import sys


class Cut(http.server.BaseHTTPRequestHandler):
    folder = log = None
    asked = {}

    def do_GET(self):
        self.log.write(f"{self.path}\t{self.headers['Range'] or '-'}\n")
        self.log.flush()
        path = os.path.join(self.folder, self.path.lstrip("/"))
        if not os.path.isfile(path):
            self.send_error(404)
            return
        with open(path, "rb") as file:
            data = file.read()
        begin = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if asked:
            begin = int(asked[1])
            self.send_response(206)
            self.send_header("Content-Range",
                             f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        turn = self.asked[path] = self.asked.get(path, 0) + 1
        end = len(data)
        if turn == 1:
            end = len(data) // 2
        elif turn == 2 and os.path.basename(path).startswith("slow"):
            end = begin
        self.wfile.write(data[begin:end])

    def log_message(self, *words):
        pass


def main():
    Cut.folder = sys.argv[1]
    with open(sys.argv[2], "a", encoding="utf-8") as Cut.log:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut)
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
