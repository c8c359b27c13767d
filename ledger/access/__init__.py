"""
Access: the keys with which people and programs call, and who each of them is.

    model    Role, Principal, PresentedKey, IssuedKey, ListedKey
    keys     create, authenticate, list, revoke
    errors   why a key is refused
    sql      the table api_key
"""
