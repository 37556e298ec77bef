"""HTTP for every reporter: connections to one receiver, and one policy for retrying.

In go requests. Out come responses of bounded size within a time limit, or a `RequestError`, whose
message is a sentence for the user that holds no URL, header or secret.
"""
