# Refuses the first include upward and the first foreign header outside its
# room.  A file may include its own room and rooms of a lower rank.
BEGIN {
	split("base:0 text:1 event:1 crypto:1 yaml:1 transform:2 consent:2 " \
		"synth:2 policy:3 engine:4 kafka:5 admin:5 daemon:6 cli:7", rows, " ")
	for (i in rows) {
		split(rows[i], kv, ":")
		rank[kv[1]] = kv[2]
	}
	split("utf8proc.h:text simdjson.h:event msgpack.h:event sodium.h:crypto " \
		"yaml.h:yaml pcre2.h:transform lmdb.h:consent librdkafka:kafka " \
		"microhttpd.h:admin curl:admin seccomp.h:daemon", libs, " ")
	for (i in libs) {
		split(libs[i], kv, ":")
		owner[kv[1]] = kv[2]
	}
}
FNR == 1 {
	n = split(FILENAME, part, "/")
	room = part[2]
	if (!(room in rank)) {
		print FILENAME ": no such room: " room
		bad = 1
	}
}
/^#include "/ {
	split($0, q, "\"")
	split(q[2], to, "/")
	if (to[1] == "lethe" || q[2] == "lethe.h")
		next
	if (!(to[1] in rank)) {
		print FILENAME ":" FNR ": includes no room: " q[2]
		bad = 1
	} else if (to[1] != room && rank[to[1]] >= rank[room]) {
		print FILENAME ":" FNR ": " room " (rank " rank[room] \
			") may not include " to[1] " (rank " rank[to[1]] ")"
		bad = 1
	}
}
/^#include </ {
	split($0, q, /[<>]/)
	for (lib in owner) {
		split(q[2], seg, "/")
		if ((q[2] == lib || seg[1] == lib || seg[1] ".h" == lib) && owner[lib] != room) {
			print FILENAME ":" FNR ": <" q[2] "> belongs to the room " owner[lib]
			bad = 1
		}
	}
}
END { exit bad }
