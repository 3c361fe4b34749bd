package document

import "testing"

func TestEnvAccepted(t *testing.T) {
	checkAccepted(t, Env, []accepted{
		{"comments only", "# a\n  # b", `{}`},
		{
			"plain", "A=1\nB=two words \n\n  C=#x\nD=a#b\nE=x # y # z\nF=\nG= # y\nH=x\t# y",
			`{"A":"1","B":"two words","C":"#x","D":"a#b","E":"x","F":"","G":"","H":"x"}`,
		},
		{
			"order and names", "z.y-1=1\n_a=2\nexport B=3\nexport=4\nexport\tc = 5\n",
			`{"z.y-1":"1","_a":"2","B":"3","export":"4","c":"5"}`,
		},
		{"nothing special in plain", `A=$B ${C} $(d) \n "e" 'f' = g`, `{"A":"$B ${C} $(d) \\n \"e\" 'f' = g"}`},
		{"backquotes", "A=`b`", "{\"A\":\"`b`\"}"},
		{"single", `A='$b "c" \n # d' # e`, `{"A":"$b \"c\" \\n # d"}`},
		{"single over lines", "A='b\n c\n'\nD=e", `{"A":"b\n c\n","D":"e"}`},
		{"double", "A=\"\\n\\r\\t\\\\\\\"\\$\\`\\d\\'$b\"", "{\"A\":\"\\n\\r\\t\\\\\\\"$`\\\\d\\\\'$b\"}"},
		{"double over lines", "A=\"b\n# c\"\nD=e", `{"A":"b\n# c","D":"e"}`},
		{"adjacent", `A='it'\''s'"$b"`, `{"A":"it's$b"}`},
		{
			"CRLF", "A=1\r\n# x\r\n\r\nB='2'\r\nC=\"3\r\n4\" # x\r\nD=5 # y\r\nE=\r\n",
			`{"A":"1","B":"2","C":"3\r\n4","D":"5","E":""}`,
		},
		{"no line break at the end", "A=1\nB='2'", `{"A":"1","B":"2"}`},
		{"values like other types", "A=true\nB=null\nC=1e3", `{"A":"true","B":"null","C":"1e3"}`},
	})
}

func TestEnvRefused(t *testing.T) {
	checkRefused(t, Env, []refused{
		{"no sign", "A=1\nB\n", "line 2: want NAME=VALUE"},
		{"no name", "=1", "line 1: want NAME=VALUE"},
		{"export only", "export A", "line 1: want NAME=VALUE"},
		{"digit first", "1A=1", "line 1: want NAME=VALUE"},
		{"odd name", "# x\nA B=1", "line 2: want NAME=VALUE"},
		{"name beyond ASCII", "é=1", "line 1: want NAME=VALUE"},
		{"YAML", "A: 1", "line 1: want NAME=VALUE"},
		{"JSON", `{"A": "1"}`, "line 1: want NAME=VALUE"},
		{"duplicate", "A=1\nB=2\nexport A=3", "line 3: duplicate key"},
		{"duplicate over lines", "A='\n'\nA='\n'", "line 3: duplicate key"},
		{"open single", "A=1\nB='x\ny\n", "line 2: quote is not closed"},
		{"open double", "A=1\n\nB=\"x\\\"\ny\n", "line 3: quote is not closed"},
		{"open second segment", "B='x\n'\"y\n", "line 2: quote is not closed"},
		{"text after a quote", "A='x' y", "line 1: text after a closing quote"},
		{"text after a quote over lines", "A='x\n\n'y", "line 3: text after a closing quote"},
		{"comment without a blank", "A='x'#y", "line 1: text after a closing quote"},
		{"escaped single quote", `A='it\'s'`, "line 1: text after a closing quote"},
		{"NUL", "A=1\nB=x\x00", "line 2: NUL character"},
	})
}
