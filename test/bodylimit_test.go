package test

import (
	"fmt"
	"net/http"
	"strconv"
)

const tooLargePage = `<html>
<head><title>413 Request Entity Too Large</title></head>
<body><center><h1>413 Request Entity Too Large</h1></center><hr><center>nginx</center></body>
</html>
`

func bodyLimit(args []string, _ func(*http.Request) bool) (rule, error) {
	limit, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.ContentLength > limit {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			_, _ = fmt.Fprint(w, tooLargePage)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	}, nil
}

func hangUp(args []string, _ func(*http.Request) bool) (rule, error) {
	limit, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.ContentLength > limit {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}, nil
}
