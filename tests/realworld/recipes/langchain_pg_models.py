"""The classes are made inside a function, which the vector store calls on first use."""

from langchain_postgres.vectorstores import Base, _get_embedding_collection_store

_get_embedding_collection_store(1536)
metadata = Base.metadata
