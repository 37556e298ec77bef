"""Objects beyond tables: the SQL that a project declares in; objects as a server has them out."""
