# A page of docs/ as a manual page in mdoc: the text is written once.
#
#   awk -v page=lethe-policy -v what="..." -v date="..." [-v part=Settings]
#       [-v also="lethe.yaml 5"] -f config/man.awk docs/policy.md
#
#   part   only the section of that name; its sub-sections become sections
#   also   other pages, "name section, name section"
#
# It knows what the docs use: headings, paragraphs, lists, fences, tables
# (the first column is the tag), links, `code` and **bold**.

BEGIN {
	COLUMNS = 72
	print ".Dd " date
	print ".Dt " toupper(page) " 5"
	print ".Os"
	print ".Sh NAME"
	print ".Nm " page
	print ".Nd " what
	print ".Sh DESCRIPTION"
	inside = part == ""
	fresh = 1 # nothing stands in the section yet
}

# One run of text for roff; `literal`: as it is typed.
function escape(s, literal,    i, c, out) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\")
			c = "\\e"
		else if (c == "\"")
			c = "\\(dq"
		else if (c == "^")
			c = "\\(ha"
		else if (c == "~")
			c = "\\(ti"
		else if (literal && c == "-")
			c = "\\-"
		else if (literal && c == "'")
			c = "\\(aq"
		else if (literal && c == "`")
			c = "\\(ga"
		out = out c
	}
	return out
}

# [text](place) is text.
function unlinked(s,    link, text) {
	while (match(s, /\[[^]]*\]\([^)]*\)/)) {
		link = substr(s, RSTART, RLENGTH)
		text = substr(link, 2, index(link, "](") - 2)
		s = substr(s, 1, RSTART - 1) text substr(s, RSTART + RLENGTH)
	}
	return s
}

function bolded(s,    at) {
	while ((at = index(s, "**"))) {
		s = substr(s, 1, at - 1) (bold ? "\\fR" : "\\fB") substr(s, at + 2)
		bold = !bold
	}
	return s
}

function marked(s,    n, i, piece, out) {
	n = split(unlinked(s), piece, "`")
	out = ""
	bold = 0
	for (i = 1; i <= n; i++)
		out = out (i % 2 ? bolded(escape(piece[i], 0)) : \
			"\\fB" escape(piece[i], 1) "\\fR")
	return out
}

# Prose in lines that are filled; the end of a sentence ends its line.
function prose(s,    n, i, word, line) {
	n = split(marked(s), word, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + length(word[i]) >= COLUMNS) {
			say(line)
			line = ""
		}
		line = line == "" ? word[i] : line " " word[i]
		if (word[i] ~ /[.!?][)"]?$/) {
			say(line)
			line = ""
		}
	}
	if (line != "")
		say(line)
	fresh = 0
}

function say(line) {
	print (line ~ /^[.']/ ? "\\&" : "") line
}

# What a macro is given: no word of it is a macro itself.
function argument(s,    n, i, word, out) {
	n = split(marked(s), word, " ")
	out = ""
	for (i = 1; i <= n; i++)
		out = out " " (word[i] ~ /^[A-Za-z.,;:()|]/ ? "\\&" : "") word[i]
	return out
}

function end_text() {
	if (text != "") {
		if (!fresh && !item)
			print ".Pp"
		prose(text)
	}
	text = ""
	item = 0
}

function end_list() {
	end_text()
	if (list)
		print ".El"
	list = ""
	columns = 0
}

function start_list(kind, macro) {
	if (list == kind) {
		end_text()
		return
	}
	end_list()
	print ".Bl " macro
	list = kind
	fresh = 0
}

# The cells of a row; a bar behind a backslash is a text's own.
function cells(s, out,    n, i) {
	gsub(/\\\|/, "\001", s)
	sub(/^\|/, "", s)
	sub(/\|[ ]*$/, "", s)
	n = split(s, out, "|")
	for (i = 1; i <= n; i++) {
		gsub(/\001/, "|", out[i])
		gsub(/^ +| +$/, "", out[i])
	}
	return n
}

function row(s,    n, i, cell, body) {
	if (s ~ /^\|[-|]+$/)
		return
	if (!columns) {
		start_list("table", "-tag -width Ds")
		columns = cells(s, head)
		return
	}
	n = cells(s, cell)
	print ".It" argument(cell[1])
	body = ""
	for (i = 2; i <= n; i++)
		if (cell[i] != "")
			body = body (body == "" ? "" : "; ") \
				(columns > 2 && head[i] != "what" ? head[i] ": " : "") \
				cell[i]
	if (body != "")
		prose(body)
}

function heading(s) {
	end_list()
	print ".Sh " s
	fresh = 1
}

/^## / && part != "" {
	end_list()
	inside = substr($0, 4) == part
	next
}
!inside { next }
/^```/ {
	if (fence) {
		print ".Ed"
		fence = 0
		next
	}
	end_text()
	n = split(substr($0, 4), info, " ")
	if (n > 1 && !fresh)
		print ".Pp"
	if (n > 1)
		print info[2] ":"
	print ".Bd -literal -offset indent"
	fence = 1
	fresh = 0
	next
}
fence { say(escape($0, 1)); next }
/^# / { next }
/^###? / { sub(/^#+ /, ""); heading($0); next }
/^<!--.*-->$/ { end_list(); next }
/^\|/ { end_text(); row($0); next }
/^$/ { if (list == "table") end_list(); else end_text(); next }
/^- / {
	start_list("bullet", "-bullet")
	print ".It"
	item = 1
	text = substr($0, 3)
	next
}
/^[0-9]+\. / {
	start_list("steps", "-tag -width Ds")
	print ".It " $1
	item = 1
	sub(/^[0-9]+\. /, "")
	text = $0
	next
}
/^[^ ]/ && list && text == "" { end_list() }
{
	sub(/^ +/, "")
	text = text == "" ? $0 : text " " $0
}
END {
	end_list()
	print ".Sh SEE ALSO"
	n = split(also, other, ", ")
	for (i = 1; i <= n; i++)
		print ".Xr " other[i] (i < n ? " ," : "")
}
